import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuPercent, machineCpuPercent } from '../../../src/core/load/cpu-share.ts';
import type { MachineSample, TaskSample } from '../../../src/core/load/sample.ts';
import { toSample } from '../../../src/engine/container-stats.ts';

const SECOND = 1e9;
const sample = (cpu: number, machineCpu: number): TaskSample => ({
  cpu,
  machineCpu,
  cpus: 2,
  memory: 1,
  memoryLimit: 2,
  network: undefined,
  block: { in: 0, out: 0 },
  pids: 1,
});

describe('the CPU of a task', () => {
  it('is in percent of one CPU, by what the machine has run meanwhile', () => {
    assert.equal(cpuPercent(sample(5 * SECOND, 100 * SECOND), sample(6 * SECOND, 102 * SECOND)), 100);
    assert.equal(cpuPercent(sample(0, 100 * SECOND), sample(2 * SECOND, 102 * SECOND)), 200);
    assert.equal(cpuPercent(sample(7, 100), sample(7, 200)), 0);
  });

  it('is not known of samples taken at once, nor over a restart', () => {
    assert.equal(cpuPercent(sample(1, 100), sample(1, 100)), undefined);
    assert.equal(cpuPercent(sample(9, 100), sample(1, 200)), undefined);
  });

  it('of the machine is counted alike', () => {
    const machine = (busy: number, total: number): MachineSample => ({
      busy,
      total,
      cpus: 4,
      memory: 1,
      memoryTotal: 2,
      load: 0,
    });
    assert.equal(machineCpuPercent(machine(0, 0), machine(1000, 4000)), 100);
    assert.equal(machineCpuPercent(machine(5, 10), machine(5, 10)), undefined);
  });
});

describe('what Docker tells of a container', () => {
  const answer = {
    cpu_stats: { cpu_usage: { total_usage: 50, percpu_usage: [20, 30] }, system_cpu_usage: 1000, online_cpus: 2 },
    memory_stats: { usage: 100, limit: 400, stats: { inactive_file: 30 } },
    networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
    blkio_stats: {
      io_service_bytes_recursive: [
        { op: 'Read', value: 3 },
        { op: 'write', value: 4 },
        { op: 'read', value: 5 },
        { op: 'Total', value: 99 },
      ],
    },
    pids_stats: { current: 7 },
  };

  it('is read from cgroup v2, all interfaces and disks together', () => {
    assert.deepEqual(toSample(answer), {
      cpu: 50,
      machineCpu: 1000,
      cpus: 2,
      memory: 70,
      memoryLimit: 400,
      network: { in: 11, out: 22 },
      block: { in: 8, out: 4 },
      pids: 7,
    });
  });

  it('is read from cgroup v1, without what is not counted there', () => {
    const old = {
      cpu_stats: { cpu_usage: { total_usage: 50, percpu_usage: [20, 30] }, system_cpu_usage: 1000 },
      memory_stats: { usage: 100, limit: 400, stats: { total_inactive_file: 10, inactive_file: 90 } },
      blkio_stats: { io_service_bytes_recursive: null },
      pids_stats: {},
    };
    const { cpus, memory, network, block, pids } = toSample(old) ?? {};
    assert.deepEqual([cpus, memory, network, block, pids], [2, 90, undefined, { in: 0, out: 0 }, 0]);
  });

  it('is nothing where the container does not run', () => {
    assert.equal(
      toSample({ cpu_stats: { cpu_usage: { total_usage: 0 } }, memory_stats: {}, pids_stats: {} }),
      undefined,
    );
  });
});
