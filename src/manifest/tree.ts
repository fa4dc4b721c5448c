import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar } from 'yaml';
import { createReport, formatPath, type KeyPath, show } from '../core/model/schema/issue.ts';

const MAX_ALIASES = 1000;
const MAX_NODES = 100_000;
const MAX_DEPTH = 40;

/** Something in a document that a manifest may not hold, or could not be read. */
export interface TreeIssue {
  readonly offset: number;
  readonly path: KeyPath;
  readonly message: string;
  readonly hint?: string | undefined;
  /** The value was not read, so nothing else can be said of it. */
  readonly unread?: boolean | undefined;
}

/** Where a value stands, as offsets in the text. */
export interface Place {
  readonly key: number;
  readonly value: number;
}

export interface Tree {
  readonly value: unknown;
  /** By `formatPath`. */
  readonly places: ReadonlyMap<string, Place>;
  readonly issues: readonly TreeIssue[];
  /** How many more there are. */
  readonly unlisted: number;
}

/** A text scalar: what it says, whether it was written without quotes, and where. */
export type TextReader = (text: string, plain: boolean, path: KeyPath, offset: number) => unknown;

/**
 * A document as plain data, with the place of every value. Own code instead of the library's `toJS`: it counts what
 * aliases expand to, knows where everything stands, and takes `1.10` for text where text is meant.
 */
export function readTree(document: Document.Parsed, readText: TextReader, isText: (path: KeyPath) => boolean): Tree {
  const places = new Map<string, Place>();
  const anchors = new Map<string, Node>();
  const open = new Set<Node>();
  let aliases = 0;
  let nodes = 0;

  const { kept: issues, unlisted, add: report } = createReport<TreeIssue>();

  const refuse = (offset: number, path: KeyPath, message: string, hint?: string): null => {
    report({ offset, path, message, hint, unread: true });
    return null;
  };

  const read = (node: Node | null, path: KeyPath): unknown => {
    nodes += 1;
    if (node === null) return null;
    if (nodes > MAX_NODES)
      return nodes === MAX_NODES + 1 ? refuse(offsetOf(node), path, `more than ${MAX_NODES} values`) : null;
    if (path.length > MAX_DEPTH) return refuse(offsetOf(node), path, 'nested too deep');
    if (isAlias(node)) return readAlias(node.source, offsetOf(node), path);
    if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) return refuseTag(node, path);
    if ('anchor' in node && node.anchor) anchors.set(node.anchor, node);
    open.add(node);
    const value = readNode(node, path);
    open.delete(node);
    return value;
  };

  const readNode = (node: Node, path: KeyPath): unknown => {
    if (isMap(node)) return readMap(node.items as Pair<Node, Node | null>[], path);
    if (isSeq(node)) return node.items.map((item, i) => readChild(item as Node | null, [...path, i], offsetOf(node)));
    return isScalar(node) ? readScalar(node, path) : null;
  };

  const refuseTag = (node: Node, path: KeyPath): null =>
    refuse(offsetOf(node), path, `custom tags such as ${show(node.tag)} are not allowed`, 'leave the tag out');

  const readScalar = (node: Scalar, path: KeyPath): unknown => {
    if (typeof node.value === 'string') return readText(node.value, node.type === Scalar.PLAIN, path, offsetOf(node));
    return isText(path) && node.value !== null && node.source !== undefined ? node.source : node.value;
  };

  const readChild = (node: Node | null, path: KeyPath, key: number): unknown => {
    places.set(formatPath(path), { key, value: node ? offsetOf(node) : key });
    return read(node, path);
  };

  const readMap = (pairs: readonly Pair<Node, Node | null>[], path: KeyPath): unknown => {
    const entries = new Map<string, unknown>();
    for (const { key, value } of pairs) {
      const name = readKey(key, path);
      if (name === undefined) continue;
      if (entries.has(name))
        report({ offset: offsetOf(key), path: [...path, name], message: `the key ${show(name)} stands there twice` });
      else entries.set(name, readChild(value, [...path, name], offsetOf(key)));
    }
    return Object.fromEntries(entries);
  };

  const readKey = (key: Node | null, path: KeyPath): string | undefined => {
    const offset = key ? offsetOf(key) : 0;
    if (!key || !isScalar(key) || key.tag !== undefined) {
      report({ offset, path, message: 'expected a key that is plain text' });
      return undefined;
    }
    if (key.anchor) anchors.set(key.anchor, key);
    if (key.value === '<<') {
      const hint = 'write the keys out, or use an alias for a whole value';
      report({ offset, path, message: 'merge keys (<<) are not supported', hint });
      return undefined;
    }
    return typeof key.value === 'string' ? key.value : (key.source ?? '');
  };

  const readAlias = (name: string, offset: number, path: KeyPath): unknown => {
    const target = anchors.get(name);
    aliases += 1;
    if (!target) return refuse(offset, path, `the alias *${name} has no anchor before it`);
    if (open.has(target)) return refuse(offset, path, `the alias *${name} stands for what it is part of`);
    if (aliases <= MAX_ALIASES) return read(target, path);
    return aliases === MAX_ALIASES + 1 ? refuse(offset, path, `more than ${MAX_ALIASES} aliases`) : null;
  };

  const value = read(document.contents, []);
  return { value, places, issues, unlisted: unlisted() };
}

const offsetOf = (node: Node): number => node.range?.[0] ?? 0;
