/**
 * What was read last, for a while: whoever asks meanwhile gets the same. Who asks while it is read waits for that; what could not
 * be read is read again.
 *
 * @param ms how long
 * @param now ms, never set
 */
export function createRemembered<T>(read: () => Promise<T>, ms: number, now: () => number): () => Promise<T> {
  let last: { readonly at: number; readonly value: Promise<T> } | undefined;
  return () => {
    if (last && now() - last.at < ms) return last.value;
    const value = read();
    const reading = { at: now(), value };
    last = reading;
    value.catch(() => {
      if (last === reading) last = undefined;
    });
    return value;
  };
}
