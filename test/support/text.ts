/** The text that pieces make up. */
export const textOf = (pieces: Iterable<string>): string => [...pieces].join('');
