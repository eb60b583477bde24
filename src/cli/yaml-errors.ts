/** The errors of the YAML parser in words that do not need its documentation, and where each begins. */
import { type Document, isScalar, Scalar, visit, type YAMLError, type YAMLParseError } from 'yaml';

type ErrorCode = YAMLError['code'];

const IN_QUOTES = 'must be in quotes';
const NO_COLON = 'a key needs a colon and a space after it, on the same line';
const BRACKET =
  'a bracket is not closed, a comma is missing, or a line has too few spaces at its beginning';

const TOO_DEEP = 'this line has too many spaces at its beginning';

/** What is wrong at the position of an error. None repeats a part of the text, which may be a secret. */
const MESSAGES: Record<ErrorCode, string> = {
  ALIAS_PROPS: 'an alias (*name) has an anchor or a tag',
  BAD_ALIAS: `the name of an alias or an anchor is not valid: text that begins with * or & ${IN_QUOTES}`,
  BAD_COLLECTION_TYPE: 'a tag does not fit the value after it',
  BAD_DIRECTIVE: `a line begins with %: text that begins with % ${IN_QUOTES}`,
  BAD_DQ_ESCAPE:
    'a backslash in double quotes begins no valid escape: use single quotes, or two backslashes',
  BAD_INDENT: BRACKET,
  BAD_PROP_ORDER: 'an anchor or a tag is in the wrong place',
  BAD_SCALAR_START: `text that begins with @, % or a backtick ${IN_QUOTES}`,
  BLOCK_AS_IMPLICIT_KEY: `a line has two keys: text that contains ": " ${IN_QUOTES}`,
  BLOCK_IN_FLOW: `a comma is missing, a bracket is not closed, or text that contains ": " is not in quotes`,
  DUPLICATE_KEY: 'the same mapping has this key twice',
  IMPOSSIBLE: 'the text cannot be read',
  KEY_OVER_1024_CHARS: 'a key has more than 1,024 characters',
  MISSING_CHAR: 'a comma, a colon, a dash or a space is missing',
  MULTILINE_IMPLICIT_KEY: NO_COLON,
  MULTIPLE_ANCHORS: 'a value has two anchors',
  MULTIPLE_DOCS: 'a second document begins (after ---), and only one is accepted',
  MULTIPLE_TAGS: `a value has two tags: text that begins with ! ${IN_QUOTES}`,
  NON_STRING_KEY: 'a key is not text',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'a tab is used as indentation: use spaces',
  TAG_RESOLVE_FAILED: `a value has a tag, and tags are not accepted: text that begins with ! ${IN_QUOTES}`,
  UNEXPECTED_TOKEN: 'a character is not expected here: a bracket, a comma or a quotation mark',
};

/** @returns what is wrong, and the offset in the text at which it begins */
export function explained(
  { code, pos: [offset], message }: YAMLParseError,
  document: Document.Parsed,
  text: string,
): { message: string; offset: number } {
  // The parser gives the end of the text as the place of a quotation mark that is not closed.
  if (/^Missing closing .quote$/.test(message)) {
    const opened = quoteBefore(offset, document) ?? offset;
    return { message: 'a quotation mark that opens here is not closed', offset: opened };
  }
  if (message.startsWith('Implicit map keys need')) return { message: NO_COLON, offset };
  const lineEnd = text.indexOf('\n', offset);
  const isNextLine =
    code === 'BLOCK_AS_IMPLICIT_KEY' &&
    lineEnd !== -1 &&
    !/:(?:\s|$)/.test(text.slice(offset, lineEnd));
  if (!isNextLine) return { message: MESSAGES[code], offset };
  const indentation = /^ */.exec(text.slice(lineEnd + 1))?.[0].length ?? 0;
  return { message: TOO_DEEP, offset: lineEnd + 1 + indentation };
}

/** Where the last text in quotes before an offset begins. */
function quoteBefore(offset: number, document: Document.Parsed): number | undefined {
  let begin: number | undefined;
  visit(document, {
    Scalar(_key, scalar) {
      const { type, range } = scalar;
      const isQuoted = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;
      if (isScalar(scalar) && isQuoted && range && range[0] < offset) begin = range[0];
    },
  });
  return begin;
}
