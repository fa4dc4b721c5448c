import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path from the root of the repository, of a file of its own; undefined for libraries. */
  readonly file: string | undefined;
  readonly names: string;
}

export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the insides of strings blanked. */
  readonly code: string;
  /** Static, type-only and dynamic ones, and re-exports. */
  readonly imports: readonly Import[];
}

export const root = fileURLToPath(new URL('../..', import.meta.url));

export const readSources = (...folders: readonly string[]): SourceFile[] =>
  folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((p) => join(folder, p)),
    )
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')));

export const parseSource = (path: string, text: string): SourceFile => {
  const { bare, code } = blank(text);
  return { path, text, code, imports: importsOf(path, bare) };
};

const IMPORT = /\b(?:(?:import|export)\b([^'"`;()=]*?)\bfrom\s*|import\s*\(\s*|import\s+)(['"])([^'"]+)\2/g;

const importsOf = (path: string, text: string): Import[] =>
  [...text.matchAll(IMPORT)].map(([, names = '', , specifier = '']) => ({
    specifier,
    names,
    file: specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : undefined,
  }));

// comments, strings and templates; a template's expressions are left in the text around it
const TOKEN =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*(?=\s*[.,;)\]])/g;

/** `bare`: without comments. `code`: also without what strings and regular expressions say. Lines stay where they are. */
const blank = (text: string): { bare: string; code: string } => {
  const lines = (token: string): string => token.replace(/[^\n]/g, ' ');
  const isComment = (token: string): boolean => token.startsWith('/*') || token.startsWith('//');
  return {
    bare: text.replace(TOKEN, (token) => (isComment(token) ? lines(token) : token)),
    code: text.replace(TOKEN, (token) => (isComment(token) ? lines(token) : `''${lines(token.slice(2))}`)),
  };
};
