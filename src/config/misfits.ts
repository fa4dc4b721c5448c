/** Keys and positions on the way into a value. */
export type Path = readonly (string | number)[];

export interface Misfit {
  readonly path: Path;
  /** What is wrong there, as a sentence. */
  readonly message: string;
}

/** All that is wrong within one setting. */
export class Misfits extends RangeError {
  override readonly name = 'Misfits';
  readonly list: readonly Misfit[];

  constructor(list: readonly Misfit[]) {
    super(list.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
    this.list = list;
  }
}
