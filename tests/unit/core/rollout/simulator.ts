import { type EngineTime, engineTime, planeTime } from '../../../../src/core/clock.ts';
import type { ContainerView, ObservedContainer } from '../../../../src/core/model/container.ts';
import type { Deployment } from '../../../../src/core/model/deployment.ts';
import type { Revision } from '../../../../src/core/model/revision.ts';
import type { Service } from '../../../../src/core/model/service.ts';
import type { ServiceSpec } from '../../../../src/core/model/service-spec.ts';
import type { Task } from '../../../../src/core/model/task.ts';
import { admitRestart } from '../../../../src/core/rollout/admit-restart.ts';
import { seenContainer, toldHealth } from '../../../../src/core/rollout/arrival.ts';
import { isToBeRouted, unfinishedCut } from '../../../../src/core/rollout/cut-over.ts';
import type {
  Health,
  ImageStates,
  ObservedHealth,
  Routing,
  ServiceView,
  TaskView,
} from '../../../../src/core/rollout/observed.ts';
import { type Plan, planService } from '../../../../src/core/rollout/plan-service.ts';
import type { Step } from '../../../../src/core/rollout/step.ts';
import * as transition from '../../../../src/core/rollout/transitions.ts';
import { wantedReplicas } from '../../../../src/core/rollout/wanted.ts';
import { sharesOf } from '../../../../src/core/route/divide.ts';
import type { TargetHealth } from '../../../../src/core/route/protocol.ts';
import { allOn } from '../../../../src/core/schedule/placing.ts';
import { Acknowledged } from './acknowledged.ts';
import { admitted } from './admitted.ts';
import { answersAt, type Behaviour, type Box, checkedBy, endsBy, readyAfter } from './box.ts';
import { ReleaseCommands } from './release-commands.ts';
import { NO_SKEW, type Skew } from './skew.ts';
import { befall, type Trouble } from './trouble.ts';

const LOCAL = { id: 'local', name: 'local' };

export type { Behaviour };

/**
 * A world with one service: a store, an engine, a data plane, in which planners meet what really happens: steps fail in
 * the middle (a kill -9 after the store write, before the engine call), containers die, tables are acknowledged late.
 */
export class Simulator {
  now = 1_000_000_000;
  service: Service;
  readonly revisions = new Map<number, Revision>();
  readonly deployments = new Map<number, Deployment>();
  readonly behaviours = new Map<number, Behaviour>();
  readonly tasks = new Map<string, Task>();
  readonly boxes = new Map<string, Box>();
  readonly pulled = new Set<number>();
  readonly releases = new ReleaseCommands(this);
  readonly acknowledged = new Acknowledged();
  engineSince: number | undefined = 0;
  ingressSince: number | undefined = 0;
  ingressLostSince: number | undefined;
  ackDelay = 20;
  isNamed = false;
  /** How long a container takes from its stop signal to its end. */
  stopDelay = 1_000;
  /** How late the master learns what happened to a container. */
  lag = 0;
  /** By how much the clocks of the engine and of the data plane are ahead of the master's, ms: nobody knows. */
  skew: Skew;
  /** What the master has seen of containers and health, by its own clock. */
  private readonly seen = new Map<string, ObservedContainer>();
  private readonly told = new Map<string, ObservedHealth>();
  private serial = 0;

  constructor(spec: ServiceSpec, behaviour: Behaviour = 'good', skew: Skew = NO_SKEW) {
    this.skew = skew;
    const first = admitted({ ...this.world(), service: undefined }, spec, 'hash-1');
    if (!first) throw new Error('a service that is new is admitted');
    this.service = first;
    this.behaviours.set(1, behaviour);
    this.publish();
  }

  /** As the API does it: one in progress is superseded. */
  deploy(spec: ServiceSpec, behaviour: Behaviour = 'good', hash = `hash-${this.revisions.size + 1}`): void {
    const service = admitted(this.world(), spec, hash);
    if (!service) return;
    this.service = service;
    this.behaviours.set(service.revision, behaviour);
  }

  private world = () => ({
    service: this.service,
    revisions: this.revisions,
    deployments: this.deployments,
    now: this.now,
  });

  /** As the API does it, where it does; new containers may behave otherwise. */
  restart(behaviour = this.behaviours.get(this.service.revision) ?? 'good'): void {
    const current = this.revisions.get(this.service.revision);
    const nextDeployment = this.deployments.size + 1;
    const input = { service: this.service, current, activeDeployment: this.active(), nextDeployment, now: this.now };
    const admission = admitRestart(input);
    if (!('service' in admission)) return;
    this.behaviours.set(this.service.revision, behaviour);
    this.deployments.set(nextDeployment, { ...admission.deployment, state: 'running' });
    this.service = admission.service;
  }

  active(): Deployment | undefined {
    return this.service.deployment === undefined ? undefined : this.deployments.get(this.service.deployment);
  }

  /** What is told arrives, and is stamped. */
  private look(): void {
    if (this.acknowledged.isOwed() && this.engineSince !== undefined) this.publish();
    if (this.ingressSince !== undefined) this.acknowledged.hear(this.now);
    if (this.engineSince !== undefined) {
      for (const id of this.tasks.keys()) {
        const view = this.isStuck(id) ? undefined : this.shown(id);
        if (view) this.seen.set(id, seenContainer(view, this.seen.get(id), this.now));
        else if (!this.isStuck(id)) this.seen.delete(id);
      }
    }
    const at = this.skew.isSilent ? undefined : planeTime(this.now + this.skew.plane);
    for (const id of this.tasks.keys()) {
      const health = this.health(id);
      if (health) this.told.set(id, toldHealth(health, this.told.get(id), at, this.now));
    }
  }

  engineNow = (): EngineTime => engineTime(this.now + this.skew.engine);

  view(): ServiceView {
    this.look();
    const deployment = this.active();
    const all = [...this.tasks.values()].map((task) => this.taskView(task));
    return {
      service: this.service,
      target: this.revisions.get(this.service.revision) as Revision,
      deployment,
      from: deployment?.from === undefined ? undefined : this.revisions.get(deployment.from),
      tasks: all.filter(({ task }) => !task.release),
      releases: all.filter(({ task }) => task.release),
      images: this.images(this.service.revision),
      fromImages: this.images(deployment?.from),
      engineSince: this.engineSince,
      ingressSince: this.ingressSince,
      ingressLostSince: this.ingressLostSince,
      tableSettled: this.acknowledged.isSettled(this.connectedNow()),
      nodes: this.engineSince === undefined ? [] : [LOCAL],
      place: allOn(this.engineSince === undefined ? undefined : LOCAL),
    };
  }

  plan(): Plan {
    return planService(this.view(), this.now);
  }

  /** @param until 'store' stops after the store write, as a kill -9 there would */
  apply(step: Step, until: 'store' | 'end' = 'end'): void {
    const pair = () => ({ service: this.service, deployment: this.active() as Deployment });
    const keep = (next: transition.Pair) => {
      this.service = next.service;
      this.deployments.set(next.deployment.id, next.deployment);
    };
    const change = (next: (deployment: Deployment) => Deployment) =>
      keep({ ...pair(), deployment: next(pair().deployment) });
    switch (step.kind) {
      case 'pull':
        if (until === 'end') this.pulled.add(step.revision);
        return;
      case 'assign': {
        this.serial += 1;
        const target = this.revisions.get(step.revision) as Revision;
        const task = transition.assigned({
          step,
          target,
          id: `t${String(this.serial).padStart(4, '0')}`,
          address: `10.0.0.${this.serial}`,
          networks: this.isNamed ? { shop: `10.0.1.${this.serial}` } : {},
          now: this.now,
        });
        this.tasks.set(task.id, task);
        return;
      }
      case 'start':
        if (this.engineSince === undefined || this.isStuck(step.task)) return;
        if (this.task(step.task).release) this.releases.start(this.task(step.task), until);
        else this.start(this.task(step.task), until);
        break;
      case 'route':
        this.tasks.set(step.task, transition.routed(this.task(step.task), step.start, this.now));
        this.publish();
        break;
      case 'restarted':
        this.tasks.set(step.task, transition.restarted(this.task(step.task), step, this.now));
        return;
      case 'unroute':
        this.tasks.set(step.task, transition.unrouted(this.task(step.task), step.reason, this.now));
        this.publish();
        break;
      case 'stop':
        this.tasks.set(step.task, transition.stopping(this.task(step.task), step, this.now));
        this.publish();
        if (until === 'store' || this.engineSince === undefined || this.isStuck(step.task)) return;
        if (!this.hasStopped(step.task)) return;
        this.halt(step.task);
        this.end(step.task, step.wanted !== false, step.reason);
        break;
      case 'bury':
        if (this.engineSince === undefined || this.isStuck(step.task)) return;
        this.end(step.task, false, step.reason, step.exitCode);
        break;
      case 'sweep':
        if (until === 'end' && this.engineSince !== undefined && !this.isStuck(step.task)) this.boxes.delete(step.task);
        break;
      case 'keep':
        this.tasks.set(step.task, transition.kept(this.task(step.task), step, this.now));
        return;
      case 'cut-over':
        change((deployment) => transition.cutOver(deployment, step, this.now));
        this.publish();
        return;
      case 'cut-over-done':
        change(transition.cutOverDone);
        this.publish();
        return;
      case 'begin':
        change((deployment) => transition.begun(deployment, this.now));
        return;
      case 'skip':
        keep(transition.skipped(pair(), step.reason, this.now));
        break;
      case 'go-through':
        change((deployment) => transition.wentThrough(deployment, step.reason));
        return;
      case 'pause':
        change((deployment) => transition.paused(deployment, step, this.now));
        return;
      case 'switched':
        change((deployment) => transition.switched(deployment, this.now));
        return;
      case 'succeed':
        keep(transition.succeeded(pair(), step.reason, this.now));
        break;
      case 'fail':
        keep(transition.failed(pair(), step, [], this.now));
        this.publish();
        break;
      case 'settle':
        keep(transition.settled(pair(), step, this.now));
        break;
      case 'forget':
        this.tasks.clear();
    }
  }

  /** The master ends, and another one begins after a while: it knows nothing but the store, and looks anew. */
  restartMaster(away: number): void {
    this.pulled.clear();
    this.pass(away);
    this.acknowledged.restartMaster();
    this.seen.clear();
    this.told.clear();
    this.look();
    if (this.engineSince !== undefined) this.engineSince = this.now;
    if (this.ingressSince !== undefined) this.ingressSince = this.now;
    if (this.ingressLostSince !== undefined) this.ingressLostSince = this.now;
  }

  /** Time passes: Docker restarts what crashed, containers become ready or turn bad. */
  pass(ms: number): void {
    this.now += ms;
    for (const box of this.boxes.values()) {
      if (this.engineSince === undefined) continue;
      const { view } = box;
      if (view.state === 'restarting') {
        box.view = { ...view, state: 'running', startedAt: this.engineNow(), restarts: view.restarts + 1 };
        box.startedAt = this.now;
        box.readyAt = this.now + 100;
        box.hungSince = undefined;
      } else if (view.state === 'running' && endsBy(box) !== undefined && this.now >= box.readyAt) {
        box.view = { ...view, state: 'exited', exitCode: endsBy(box), finishedAt: this.engineNow() };
      } else if (view.state === 'running' && box.behaviour === 'exits') {
        box.view = { ...view, state: 'restarting', exitCode: 1, finishedAt: this.engineNow() };
      }
    }
  }

  trouble(trouble: Trouble): void {
    befall(this, trouble);
  }

  /** Slots with a task that every worker routes to and that answers. */
  serving(): number {
    const slots = [...this.tasks.values()].filter(
      (task) => task.phase === 'run' && this.routing(task.id).everywhere && this.answers(task.id),
    );
    return new Set(slots.map((task) => task.slot)).size;
  }

  /** Slots that a request finds served, whatever table of those in use it is routed by. */
  covered(): number {
    const slotsIn = (routed: ReadonlySet<string>) =>
      new Set([...routed].filter((id) => this.answers(id)).map((id) => this.tasks.get(id)?.slot)).size;
    return Math.min(...this.acknowledged.inUse(this.now).map(({ routed }) => slotsIn(routed)));
  }

  /** Tasks that are told to stop, or gone, while a table in use routes to them. */
  cut(): readonly string[] {
    const routed = this.acknowledged.inUse(this.now).flatMap((table) => [...table.routed]);
    return routed.filter((id) => this.boxes.get(id)?.stopsAt !== undefined || !this.boxes.has(id));
  }

  answers(task: string): boolean {
    const box = this.boxes.get(task);
    return box !== undefined && answersAt(box, this.now);
  }

  routing = (task: string): Routing => this.acknowledged.routing(task, this.connectedNow());

  private images(revision: number | undefined): ImageStates {
    return new Map(revision !== undefined && this.pulled.has(revision) ? [['local', 'present']] : []);
  }

  private connectedNow = (): number | undefined => (this.ingressSince === undefined ? undefined : this.now);

  private taskView(task: Task): TaskView {
    return {
      task,
      container: this.engineSince === undefined || this.isStuck(task.id) ? 'unknown' : this.seen.get(task.id),
      engineSince: this.engineSince,
      health: this.health(task.id) && this.told.get(task.id),
      checked: this.checked(task.id),
      routing: this.routing(task.id),
      inflight: this.ingressSince === undefined ? undefined : 0,
      failedRequests: 0,
    };
  }

  private isStuck(task: string): boolean {
    return this.boxes.get(task)?.stuck === true;
  }

  private shown(task: string): ContainerView | undefined {
    const box = this.boxes.get(task);
    return box?.late && this.now < box.late.until ? box.late.view : box?.view;
  }

  private health(task: string): TargetHealth | undefined {
    const box = this.boxes.get(task);
    if (!box || this.ingressSince === undefined || box.view.startedAt === undefined) return undefined;
    const ready = this.answers(task);
    const turnedBad = box.behaviour === 'turns-bad' ? box.readyAt + 1_500 : box.startedAt;
    const since = ready ? box.readyAt : (box.hungSince ?? turnedBad);
    const wasReady = this.now >= box.readyAt;
    return {
      task,
      container: box.view.id,
      startedAt: box.view.startedAt,
      ready,
      wasReady,
      since: planeTime(since + this.skew.plane),
      passes: ready ? 2 : 0,
      misses: ready ? 0 : 3,
    };
  }

  /** The health command says what the probe does, also while no data plane is there. */
  private checked(task: string): Health | undefined {
    const { health } = this.revisions.get(this.tasks.get(task)?.revision ?? 0)?.spec ?? {};
    const box = this.boxes.get(task);
    return health?.command && box && checkedBy(box, this.answers(task), this.now);
  }

  /** A stop takes its time; until then the step is asked for again and again. */
  private hasStopped(id: string): boolean {
    const box = this.boxes.get(id);
    if (!box) return true;
    box.stopsAt ??= this.now + this.stopDelay;
    return this.now >= box.stopsAt;
  }

  private halt(id: string): void {
    const box = this.boxes.get(id);
    if (box) box.view = { ...box.view, state: 'exited', exitCode: 0, finishedAt: this.engineNow() };
  }

  private task(id: string): Task {
    const task = this.tasks.get(id);
    if (!task) throw new Error(`no task ${id}`);
    return task;
  }

  private start(task: Task, until: 'store' | 'end'): void {
    const behaviour = this.behaviours.get(task.revision) ?? 'good';
    const view: ContainerView = {
      id: `c-${task.id}`,
      name: task.id,
      labels: {},
      ...(until === 'store' ? { state: 'created' } : { state: 'running', startedAt: this.engineNow() }),
      oomKilled: false,
      restarts: 0,
      networks: task.networks,
    };
    if (this.boxes.get(task.id)?.view.state === 'running') return;
    this.boxes.set(task.id, { view, behaviour, startedAt: this.now, readyAt: this.now + readyAfter(behaviour) });
    if (until === 'end') this.tasks.set(task.id, transition.created(task, view.id));
  }

  private end(id: string, wanted: boolean, reason: string, exitCode?: number): void {
    this.tasks.set(
      id,
      transition.ended(this.task(id), {
        at: this.now,
        deployment: this.service.deployment ?? 0,
        wanted,
        reason,
        exitCode: wanted ? 0 : exitCode,
      }),
    );
    this.publish();
  }

  /** The newest table; late acknowledgements keep the older ones in use. */
  publish(): void {
    const deployment = this.active();
    const [cut, wanted] = [unfinishedCut(deployment), wantedReplicas({ service: this.service, deployment })];
    const all = [...this.tasks.values()];
    const routed = new Set(all.filter((task) => isToBeRouted(task, cut, wanted)).map(({ id }) => id));
    const target = this.revisions.get(this.service.revision) as Revision;
    const from = this.revisions.get(deployment?.from ?? 0);
    const { shares } = sharesOf({ target, from, deployment, tasks: all.filter(({ id }) => routed.has(id)) });
    this.acknowledged.publish(routed, shares, this.now, this.ackDelay);
  }
}
