import { Composer, type CST, type Document, Lexer, LineCounter, Parser, type YAMLParseError } from 'yaml';

/** A syntax error, at an offset in the text. */
export interface SyntaxIssue {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface Syntax {
  readonly document: Document.Parsed | undefined;
  readonly lines: LineCounter;
  readonly issues: readonly SyntaxIssue[];
}

/** Containers open at once; a manifest needs a dozen. */
const MAX_STACK = 100;
/** Words and signs in a file: some 15,000 lines. What a flood of errors costs is bounded by it. */
const MAX_LEXEMES = 100_000;
/** YAML 1.2 core schema. Duplicate keys are found later: the library compares each key with each other one. */
const OPTIONS = { version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false } as const;

/** YAML text as one document. Never throws, and never goes deeper than it can. */
export function parseSyntax(text: string): Syntax {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const { tokens, refused } = tokenize(text, lines);
  if (refused) return { document: undefined, lines, issues: [refused] };
  const [document, second] = new Composer(OPTIONS).compose(tokens, true, text.length);
  const issues = document ? [...explainErrors(document.errors, text, lines), ...versionIssues(document)] : [];
  if (second)
    issues.push({
      offset: second.range[0],
      message: 'a second document',
      hint: 'a manifest is one document: leave out the ---',
    });
  return { document, lines, issues };
}

function tokenize(text: string, lines: LineCounter): { tokens: CST.Token[]; refused?: SyntaxIssue } {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    lexemes += 1;
    const offset = parser.offset;
    if (parser.stack.length > MAX_STACK) return { tokens, refused: { offset, message: 'nested too deep' } };
    if (lexemes > MAX_LEXEMES)
      return { tokens, refused: { offset, message: `more than ${MAX_LEXEMES} words and signs` } };
  }
  tokens.push(...parser.end());
  return { tokens };
}

function versionIssues({ directives }: Document.Parsed): SyntaxIssue[] {
  if (directives.yaml.version === '1.2') return [];
  return [
    { offset: 0, message: `expected YAML 1.2, found ${directives.yaml.version}`, hint: 'leave out the %YAML line' },
  ];
}

/** What follows an error in its line is mostly its echo. */
function explainErrors(errors: readonly YAMLParseError[], text: string, lines: LineCounter): SyntaxIssue[] {
  const byLine = Map.groupBy(errors, ({ pos }) => lines.linePos(pos[0]).line);
  return [...byLine.values()].flatMap(([first]) => (first ? [explainError(first, text)] : []));
}

function explainError({ code, message, pos }: YAMLParseError, text: string): SyntaxIssue {
  const offset = pos[0];
  if (code === 'TAB_AS_INDENT') return { offset, message: 'a tab cannot indent', hint: 'use spaces' };
  const unclosed = message.startsWith('Missing closing') ? 'the quote may have been opened far above' : undefined;
  return {
    offset,
    message: message.charAt(0).toLowerCase() + message.slice(1),
    hint: unclosed ?? hintAt(text, offset),
  };
}

function hintAt(text: string, offset: number): string | undefined {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(start, Math.min(offset + 200, text.length)).split('\n', 1)[0] ?? '';
  const opening = line.search(/[{[,]/);
  if (opening >= 0 && line.includes('${', opening + 1)) return `inside {} and [] put quotes around it: "\${...}"`;
  return line.includes('\t') ? 'there is a tab in this line; YAML is indented with spaces' : undefined;
}
