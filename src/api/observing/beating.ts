/** The same texts, and `beat` whenever none came for `every` ms: shows both ends that the other is there. */
export async function* beating(texts: AsyncGenerator<string>, beat: string, every: number): AsyncGenerator<string> {
  let next = texts.next();
  try {
    for (;;) {
      const result = await orAfter(next, every);
      if (result === 'late') yield beat;
      else if (result.done) return;
      else {
        yield result.value;
        next = texts.next();
      }
    }
  } finally {
    // Not awaited: it ends with its signal, which may come after this.
    texts.return(undefined).catch(() => undefined);
  }
}

/** What the promise resolves with, or `late` if that takes longer. */
export async function orAfter<T>(promise: Promise<T>, ms: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
