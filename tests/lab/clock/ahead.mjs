// Loaded before a process of orca's (`NODE_OPTIONS=--import=...`): its clock is ahead by ORCA_LAB_AHEAD ms, its timers are not.
const ahead = Number(process.env.ORCA_LAB_AHEAD);
const Real = Date;
const now = () => Real.now() + ahead;

globalThis.Date = new Proxy(Real, {
  construct: (real, args, newTarget) => Reflect.construct(real, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new Real(now()).toString(),
  get: (real, key) => (key === 'now' ? now : Reflect.get(real, key)),
});
