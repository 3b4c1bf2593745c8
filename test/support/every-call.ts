import assert from 'node:assert/strict';
import type { DescService } from '@bufbuild/protobuf';
import type { DoorSession } from './door-session.ts';

/** Tests that a session has a case for each method of these services, so that no method is left out at the doors. */
export function itHasEveryCall(session: DoorSession, services: readonly DescService[]): void {
  it('has a case in the session for each call', () => {
    const listed = new Set(session.map(([service, method]) => `${service.name}.${method}`));
    const methods = services.flatMap((service) =>
      service.methods.map(({ name }) => `${service.name}.${name}`),
    );
    assert.ok(methods.length > 0);
    assert.deepEqual(
      methods.filter((method) => !listed.has(method)),
      [],
    );
  });
}
