/** Reads the Markdown of this project: its words, sentences, tables, code and links. */

/** A text without its fenced code blocks. */
export const withoutFences = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '');

/** The contents of the fenced code blocks, by their language. */
export function fences(text: string): Array<{ language: string; code: string }> {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    code,
  }));
}

/** What readers see of a text: no code blocks, comments, tags, and targets of links. */
function visible(text: string): string {
  return withoutFences(text)
    .replace(/<!--.*?-->/g, '')
    .replace(/<\/?[a-z]+>/g, ' ')
    .replace(/\]\([^)]*\)/g, ']');
}

/** The words of a text outside of code blocks. A word has a letter or a digit. */
export const wordsOf = (text: string) =>
  visible(text)
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));

/** The cells of a row of a table. */
const cellsOf = (row: string) =>
  row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The tables outside of code blocks, as rows of cells; the second row is left out. */
export function tablesOf(text: string): string[][][] {
  const blocks = withoutFences(text).match(/(?:^\|.*(?:\n|$))+/gm) ?? [];
  return blocks.map((block) => {
    const [head = '', , ...rows] = block.trim().split('\n');
    return [head, ...rows].map(cellsOf);
  });
}

/** The sentences of a text: of its paragraphs, headings, items of lists, and lines of cells of tables. */
export function sentencesOf(text: string): string[] {
  const blocks = withoutFences(text)
    .replace(/<!--.*?-->/g, '')
    .replace(/^\|.*$/gm, (row) => `\n${cellsOf(row).join('\n\n')}\n`)
    .replaceAll('<br>', '\n\n')
    .replace(/^(?:#+|[*-]|\d+\.) /gm, '\n')
    .split(/\n\s*\n/);
  return blocks
    .flatMap((block) =>
      visible(block)
        .replace(/\s+/g, ' ')
        .split(/(?<=[.!?][)*"]*) (?=["*(]*[`\p{Lu}\d])/u),
    )
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** The code in the text of a file, without its backticks. */
export const inlineCode = (text: string) =>
  [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

/** The emphasized words, without the asterisks. */
export const emphasized = (text: string) =>
  [
    ...withoutFences(text)
      .replace(/`[^`\n]+`/g, '')
      .matchAll(/(?<![*\\\w])\*([^*\s][^*\n]*)\*(?![*\w])/g),
  ].map(([, words = '']) => words);

/** The targets of links and pictures. */
export const targetsOf = (text: string) =>
  [...withoutFences(text).matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);

/** The anchors that GitHub gives to the headings. */
export const anchorsOf = (text: string) =>
  [...withoutFences(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
