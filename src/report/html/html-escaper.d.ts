/** The library ships no types of its own. */
declare module 'html-escaper' {
  function html(text: string): string;

  export { html as escape };
}
