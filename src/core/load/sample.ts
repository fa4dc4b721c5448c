/** What a container has used since its start, and uses now. */
export interface TaskSample {
  /** Nanoseconds of CPU time, of all its processes. */
  readonly cpu: number;
  /** Nanoseconds that all CPUs of the machine have run by then, idle or not. */
  readonly machineCpu: number;
  /** CPUs of the machine. */
  readonly cpus: number;
  /** Bytes, without files that the kernel can drop from its cache. */
  readonly memory: number;
  /** Bytes: its own limit, or what the machine has. */
  readonly memoryLimit: number;
  /** Bytes over all its interfaces; undefined where it has none of its own. */
  readonly network: Traffic | undefined;
  /** Bytes from and to disks. */
  readonly block: Traffic;
  /** Processes and threads. */
  readonly pids: number;
}

export interface Traffic {
  readonly in: number;
  readonly out: number;
}

/** What the machine has used since its start, and uses now. */
export interface MachineSample {
  /** Milliseconds that all CPUs have been busy, and have run. */
  readonly busy: number;
  readonly total: number;
  readonly cpus: number;
  /** Bytes that programs cannot have any more. */
  readonly memory: number;
  readonly memoryTotal: number;
  /** Processes that run or wait for a disk, over the last minute. */
  readonly load: number;
}
