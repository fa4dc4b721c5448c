/**
 * What is known of the data plane that runs on this machine by whoever speaks with it. Only a composition root knows both that and
 * the launcher: on the master it is the link of its controllers.
 */
export interface PlaneView {
  /** Undefined while there is none that was greeted, or it does not answer. */
  connected(): { readonly pid: number } | undefined;
  /** A process holds the control socket, though it may not have answered; its number once it has said it. */
  attached(): { readonly pid: number | undefined } | undefined;
  /** Why it does not do as it is told, as a sentence. */
  refused(): string | undefined;
  /** The address at which it answers for names, as last told. */
  names(): string | undefined;
  /** Asks it to finish within `grace` ms and end. False if it cannot be asked. */
  stopDataPlane(grace: number): boolean;
}
