import type { Family } from '../../telemetry/exposition.ts';

/** What is said of a metric whatever it is now. */
export interface Definition {
  readonly type: Family['type'];
  readonly help: string;
  /** Those that name a service are left out without a token: the values are sums then. */
  readonly labels: readonly string[];
  /** Told to tokens for all projects only. */
  readonly whole?: true;
  /** Told to tokens only: a sum of it says nothing. */
  readonly named?: true;
}

/** Labels that only a token gets to see. */
export const NAMING: readonly string[] = ['project', 'service', 'revision'];

const SERVICE = ['project', 'service'];
const REVISION = [...SERVICE, 'revision'];

/** Every metric of `GET /metrics`; docs/metrics.md has a line for each. */
export const CATALOGUE = {
  orca_build_info: gauge('Always 1; the version of the server is its label.', 'version'),
  orca_engine_up: gauge('Whether the Docker Engine can be read, of every node.'),
  orca_dataplane_workers: gauge('Workers of the data plane that is connected; 0 if none is.'),
  orca_services: gauge('Services by the word that orca status has for them.', 'status', ...SERVICE),
  orca_replicas_wanted: gauge('Replicas wanted.', ...SERVICE),
  orca_replicas_running: gauge(
    'Replicas seen ready, and routed if the service has a domain. Absent while orca cannot read Docker.',
    ...SERVICE,
  ),
  orca_tasks: gauge('Tasks that have not ended, by state.', 'state', ...SERVICE),
  orca_deployments: gauge('Deployments on record, by state.', 'state', ...SERVICE),
  orca_last_deployment_failed: gauge('Whether the newest deployment that ended failed or was rolled back.', ...SERVICE),
  orca_canary_share_ratio: {
    ...gauge('While a canary runs: what part of the requests a revision is to have, 0 to 1.', ...REVISION),
    named: true,
  },
  orca_webhooks: gauge('Webhooks.', 'project'),
  orca_webhook_deliveries: gauge('Deliveries to webhooks in the last 7 days, by outcome.', 'outcome', 'project'),
  orca_ingress_requests_total: counter(
    'Requests to services, by the first digit of the status that was answered; none if the client left before.',
    'class',
    ...REVISION,
  ),
  orca_ingress_failed_requests_total: counter(
    "Requests that failed by a task's fault: answered 502 or 504 for it, or cut.",
    ...REVISION,
  ),
  orca_ingress_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from the head of a request to that of its answer, or until it was given up.',
    labels: REVISION,
  },
  process_cpu_seconds_total: process('counter', 'User and system CPU time that the server has spent.'),
  process_resident_memory_bytes: process('gauge', 'Resident memory of the server.'),
  process_start_time_seconds: process('gauge', 'When the server started, since the epoch.'),
  process_open_fds: process('gauge', 'File descriptors that the server has open.'),
  nodejs_heap_size_used_bytes: process('gauge', 'Heap that the server uses.'),
  nodejs_heap_size_total_bytes: process('gauge', 'Heap that the server has taken from the system.'),
  nodejs_external_memory_bytes: process('gauge', 'Memory of the server outside of its heap.'),
  nodejs_eventloop_active_seconds_total: process('counter', 'Time in which the event loop of the server had work.'),
  nodejs_eventloop_idle_seconds_total: process('counter', 'Time in which the event loop of the server waited.'),
} as const satisfies Record<string, Definition>;

export type MetricName = keyof typeof CATALOGUE;

function gauge(help: string, ...labels: readonly string[]): Definition {
  return { type: 'gauge', help, labels };
}

function counter(help: string, ...labels: readonly string[]): Definition {
  return { type: 'counter', help, labels };
}

function process(type: Family['type'], help: string): Definition {
  return { type, help, labels: [], whole: true };
}
