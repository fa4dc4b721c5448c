import { AT } from './samples.ts';

export const NODE = {
  node_id: 'k3x9b7q2z5abcdef',
  name: 'web2',
  address: '10.0.0.2',
  address_is_set: false,
  labels: { zone: 'a' },
  last_heartbeat: AT,
  drain: false,
  availability: 'active',
  status: 'ready',
  reason: null,
  runs_services: true,
  tasks: 3,
  ingress: false,
  data_plane: { connected: true, version: '0.1.0', problems: [] },
  relay: { address: '10.0.0.2', port: 6882, state: 'direct', problem: null as string | null },
  engine: null,
  capacity: {
    observed_at: AT,
    cpus: 4,
    cpu_percent: 38.2,
    load: 0.31,
    memory_bytes: 8_589_934_592,
    memory_free_bytes: 6_012_954_214,
    disk: { path: '/var/lib/docker', bytes: 107_374_182_400, free_bytes: 85_899_345_920 },
  },
  version: '0.1.0',
  clock_skew_ms: 12,
  round_trip_ms: 0.8,
  joined_at: AT,
  certificate_expires_at: AT + 7_776_000_000,
};

export const OWN_NODE = {
  ...NODE,
  node_id: 'local',
  name: 'local',
  address: 'local',
  labels: {},
  last_heartbeat: null,
  ingress: true,
  relay: { address: null, port: 6882, state: null, problem: null },
  engine: { version: '20.10.24', api_version: '1.41', cpus: 2, memory: 4_294_967_296 },
  capacity: {
    observed_at: AT,
    cpus: 2,
    cpu_percent: 12.5,
    load: 0.2,
    memory_bytes: 4_294_967_296,
    memory_free_bytes: 2_147_483_648,
    disk: null,
  },
  clock_skew_ms: null,
  round_trip_ms: null,
  joined_at: null,
  certificate_expires_at: null,
};

export const DRAIN = {
  node_id: NODE.node_id,
  name: NODE.name,
  availability: 'draining',
  drain: true,
  done: false,
  tasks: 2,
  one_off: 0,
  waiting: [{ project: 'shop', service: 'web', slot: 2, reason: 'web.2 starts on another node' }],
  stuck: [{ project: 'shop', service: 'db', slot: 1, reason: 'the data of its volume shop_data are on web2' }],
};

export const JOIN_TOKEN = {
  id: '5f0c9a41d2e74b1c',
  reusable: false,
  created_at: AT,
  created_by: 'admin',
  expires_at: AT + 3_600_000,
  state: 'open',
  used_by: null,
  used_at: null,
};

const CA = '3b1f0f6d5a0f4a4e9a6c2f7c1d2e3f405162738495a6b7c8d9e0f1a2b3c4d5e6';

export const JOIN_LINE = `orca-join://10.0.0.1:6881/told-once-told-once-told-once-told-once-43#sha256=${CA}`;

export const AUTHORITIES = {
  authorities: [{ sha256: CA, created_at: AT, expires_at: AT + 315_360_000_000, signs: true }],
  waiting_for: [],
};
