import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OrcaError } from '../../../../src/core/errors.ts';
import { containerHash } from '../../../../src/core/model/container-hash.ts';
import type { Deployment } from '../../../../src/core/model/deployment.ts';
import type { Revision } from '../../../../src/core/model/revision.ts';
import type { Service } from '../../../../src/core/model/service.ts';
import type { ServiceSpec } from '../../../../src/core/model/service-spec.ts';
import { type AdmitInput, admit } from '../../../../src/core/rollout/admit.ts';
import { spec } from './spec.ts';

const image = { ref: 'acme/web:1', digest: 'sha256:1', pinned: 'acme/web@sha256:1' };
const image2 = { ...image, digest: 'sha256:2', pinned: 'acme/web@sha256:2' };

const revisionOf = (wish: ServiceSpec, rest: Partial<Revision> = {}): Revision => ({
  project: 'shop',
  service: 'web',
  number: 3,
  spec: wish,
  image,
  hash: containerHash(wish, image),
  createdAt: 1,
  ...rest,
});

/** Revision 3 was deployed with success. */
const serviceOf = (rest: Partial<Service> = {}): Service => ({
  project: 'shop',
  name: 'web',
  revision: 3,
  stable: 3,
  replicas: 1,
  paused: false,
  removing: false,
  createdAt: 1,
  ...rest,
});

const running = (rest: Partial<Deployment> = {}): Deployment => ({
  id: 7,
  project: 'shop',
  service: 'web',
  from: 2,
  to: 3,
  state: 'running',
  strategy: 'rolling',
  reason: 'starts',
  startedAt: 5,
  ...rest,
});

const before = (input: AdmitInput) => {
  const admission = admit(input);
  assert.ok('service' in admission, admission.action);
  return admission.deployment.before;
};

const inputOf = (rest: Partial<AdmitInput> = {}): AdmitInput => ({
  service: serviceOf(),
  current: revisionOf(spec()),
  spec: spec(),
  image,
  nextRevision: 4,
  nextDeployment: 8,
  now: 100,
  ...rest,
});

/** What is written; fails if nothing is. */
function written(input: AdmitInput) {
  const admission = admit(input);
  assert.ok(admission.action !== 'none' && admission.action !== 'join', admission.action);
  return admission;
}

describe('admit', () => {
  it('creates a new service, with a first revision and a deployment that has nothing to go back to', () => {
    const input = inputOf({ service: undefined, current: undefined, nextRevision: 1, nextDeployment: 1 });
    const { action, service, revision, deployment, reason } = written(input);
    assert.equal(action, 'create');
    assert.equal(reason, 'web is new');
    assert.deepEqual(
      { ...service, scaledFrom: undefined },
      { ...serviceOf(), revision: 1, stable: undefined, deployment: 1, createdAt: 100, scaledFrom: undefined },
    );
    assert.equal(revision.hash, containerHash(spec(), image));
    assert.deepEqual([deployment.from, deployment.to, deployment.state], [undefined, 1, 'pending']);
  });

  it('leaves an unchanged service that serves alone', () => {
    assert.deepEqual(admit(inputOf()), { action: 'none', reason: 'web is unchanged' });
  });

  it('replaces containers when what they are made of changes, and names what has changed', () => {
    const { action, reason, deployment, service } = written(inputOf({ spec: spec({ env: { LOG: 'debug' } }) }));
    assert.equal(action, 'replace');
    assert.match(reason, /web has changed: env\.LOG/);
    assert.deepEqual([deployment.from, deployment.to, service.deployment], [3, 4, 8]);
  });

  it('updates without touching containers when only replicas, domains or the rollout change', () => {
    for (const wish of [spec({ replicas: 3 }), spec({ domains: ['b.test'] }), spec({ deploy: { monitor: 0 } })]) {
      const { action, revision } = written(inputOf({ spec: wish }));
      assert.equal(action, 'update');
      assert.equal(revision.hash, revisionOf(spec()).hash);
    }
  });

  it('takes the same tag with another digest for a change', () => {
    const { action, reason } = written(inputOf({ image: image2 }));
    assert.equal(action, 'replace');
    assert.match(reason, /acme\/web:1 stands for another image now/);
  });

  it('does not touch what serves because its image cannot be asked for', () => {
    assert.equal(admit(inputOf({ image: undefined })).action, 'none');
  });

  it('writes a revision without image and hash when a changed image cannot be resolved: the pull decides', () => {
    const { revision, action } = written(inputOf({ image: undefined, spec: spec({ image: 'acme/web:2' }) }));
    assert.equal(action, 'replace');
    assert.equal('image' in revision, false);
    assert.equal('hash' in revision, false);
  });

  it('deploys the same wish again after a failure', () => {
    const goneBack = admit(inputOf({ service: serviceOf({ revision: 3, stable: 2 }) }));
    assert.equal(goneBack.action, 'replace');
    assert.match(goneBack.reason, /has failed and is tried again/);
    const never = written(inputOf({ service: serviceOf({ stable: undefined }) }));
    assert.equal(never.action, 'create');
    assert.equal(never.deployment.from, undefined);
  });

  it('starts a stopped service again', () => {
    const { action, service, reason } = written(inputOf({ service: serviceOf({ paused: true }) }));
    assert.equal(action, 'create', 'its tasks are made');
    assert.equal(service.paused, false);
    assert.match(reason, /was stopped and is started again/);
  });

  it('goes back on failure to what last succeeded, not to what was last deployed', () => {
    const { deployment } = written(inputOf({ service: serviceOf({ stable: 2 }), spec: spec({ replicas: 2 }) }));
    assert.equal(deployment.from, 2);
  });

  it('refuses a service that is being removed', () => {
    assert.throws(
      () => admit(inputOf({ service: serviceOf({ removing: true }) })),
      (error) => error instanceof OrcaError && error.code === 'conflict' && error.hint !== undefined,
    );
  });

  describe('while a rollout runs', () => {
    const during = (rest: Partial<AdmitInput> = {}) =>
      inputOf({ service: serviceOf({ stable: 2, deployment: 7 }), activeDeployment: running(), ...rest });

    it('joins it when the wish is the same', () => {
      const admission = admit(during());
      assert.equal(admission.action, 'join');
      assert.equal(admission.action === 'join' && admission.deployment.id, 7);
    });

    it('joins it too when the image cannot be told yet', () => {
      assert.equal(admit(during({ image: undefined })).action, 'join');
      const unresolved = revisionOf(spec(), { image: undefined, hash: undefined });
      assert.equal(admit(during({ current: unresolved })).action, 'join');
    });

    it('takes its place when the wish differs: the old one is ended, naming the new one', () => {
      const { action, superseded, deployment, reason } = written(during({ spec: spec({ env: { A: '1' } }) }));
      assert.equal(action, 'supersede');
      assert.match(reason, /takes the place of deployment 7/);
      assert.deepEqual(
        [superseded?.id, superseded?.state, superseded?.supersededBy, superseded?.endedAt],
        [7, 'superseded', 8, 100],
      );
      assert.equal(deployment.from, 2);
    });

    it('takes its place when it is on its way back, even with the same wish', () => {
      const failure = { reason: 'x', log: [], failedRequests: 0, at: 50 };
      assert.equal(admit(during({ activeDeployment: running({ failure }) })).action, 'supersede');
    });

    it('takes its place when the service was stopped in its middle', () => {
      const service = serviceOf({ stable: 2, deployment: 7, paused: true });
      assert.equal(written(during({ service })).service.paused, false);
    });
  });

  describe('with a manual scale', () => {
    const scaled = serviceOf({ replicas: 5, scaledFrom: 1 });

    it('keeps it while the count in the file is the same, and says so', () => {
      const { service, reason } = written(inputOf({ service: scaled, spec: spec({ env: { A: '1' } }) }));
      assert.deepEqual([service.replicas, service.scaledFrom], [5, 1]);
      assert.match(reason, /stays scaled by hand to 5, the file says 1/);
      assert.match(admit(inputOf({ service: scaled })).reason, /unchanged; it stays scaled by hand to 5/);
    });

    it('ends it when the count in the file has changed, and says so', () => {
      const { service, reason } = written(inputOf({ service: scaled, spec: spec({ replicas: 2 }) }));
      assert.deepEqual([service.replicas, service.scaledFrom], [2, undefined]);
      assert.match(reason, /ends the manual scale to 5/);
    });
  });

  it('whatever stands: what it writes fits together, and admitting it again joins', () => {
    const services = fc.record({
      stable: fc.option(fc.constantFrom(1, 2, 3), { nil: undefined }),
      paused: fc.boolean(),
      replicas: fc.integer({ min: 0, max: 9 }),
      scaledFrom: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    });
    const wishes = fc.record({
      replicas: fc.integer({ min: 0, max: 3 }),
      image: fc.constantFrom('acme/web:1', 'acme/web:2'),
    });
    const images = fc.constantFrom(undefined, image, image2);
    fc.assert(
      fc.property(services, wishes, images, fc.boolean(), fc.boolean(), (service, wish, resolved, active, failing) => {
        const input = inputOf({
          service: serviceOf({ ...service, ...(active && { deployment: 7 }) }),
          spec: spec(wish),
          image: resolved,
          activeDeployment: active
            ? running(failing ? { failure: { reason: 'x', log: [], failedRequests: 0, at: 1 } } : {})
            : undefined,
        });
        const admission = admit(input);
        if (admission.action === 'none' || admission.action === 'join') return;
        const { service: next, revision, deployment } = admission;
        assert.deepEqual([next.revision, next.deployment], [revision.number, deployment.id]);
        assert.equal(deployment.to, revision.number);
        assert.equal(deployment.from, input.service?.stable);
        assert.equal(next.stable, input.service?.stable);
        assert.deepEqual([next.paused, next.removing], [false, false]);
        assert.equal((revision.hash === undefined) === (revision.image === undefined), true);
        assert.equal(admission.superseded !== undefined, active);
        const again = admit({
          ...input,
          service: next,
          current: revision,
          activeDeployment: deployment,
          nextRevision: 5,
          nextDeployment: 9,
        });
        assert.equal(again.action, 'join');
      }),
    );
  });
});

describe('the count a deployment goes back to', () => {
  const wish = spec({ replicas: 4 });
  const counts = { replicas: 5, scaledFrom: 3 };

  it('is what was wanted before it, a manual scale included, and none where nothing served', () => {
    assert.deepEqual(before(inputOf({ spec: wish, service: serviceOf(counts) })), counts);
    assert.equal(before(inputOf({ spec: wish, service: undefined, current: undefined })), undefined);
  });

  it('is handed on by a deployment that never ended, unless it was scaled meanwhile', () => {
    const activeDeployment = running({ before: counts });
    const service = serviceOf({ revision: 3, stable: 2, replicas: 2 });
    assert.deepEqual(before(inputOf({ spec: wish, service, activeDeployment })), counts);
    const scaled = { replicas: 6, scaledFrom: 2 };
    assert.deepEqual(before(inputOf({ spec: wish, service: { ...service, ...scaled }, activeDeployment })), scaled);
  });
});

describe('whether a deployment has a release command', () => {
  const wish = spec({ release: ['migrate'] });
  const release = (rest: Partial<AdmitInput>) => written(inputOf({ spec: wish, ...rest })).deployment.release;

  it('it has where containers are replaced, or nobody knows yet', () => {
    assert.deepEqual(release({ current: revisionOf(spec({ release: ['migrate'], env: { A: '1' } })) }), {});
    assert.deepEqual(release({ image: undefined }), {});
    const again = { current: revisionOf(wish), service: serviceOf({ stable: 2 }) };
    assert.deepEqual(release(again), {}, 'what failed before is tried again');
  });

  it('it has none without one, for a rollback, and where no container is replaced', () => {
    assert.equal(release({ spec: spec({ env: { A: '1' } }) }), undefined);
    assert.equal(release({ rollbackOf: 2 }), undefined);
    assert.equal(release({}), undefined, 'only the command itself is new');
    const domains = spec({ release: ['migrate'], domains: ['b.example.com'] });
    assert.equal(release({ current: revisionOf(wish), spec: domains }), undefined);
  });
});
