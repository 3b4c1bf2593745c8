import assert from 'node:assert/strict';
import { type DescMethod, type DescService, getOption, type JsonObject } from '@bufbuild/protobuf';
import { http } from '../../gen/ts/google/api/annotations_pb.ts';
import type { Door } from './door.ts';
import { type DoorSession, errorToJson } from './door-session.ts';
import { DOORS } from './doors.ts';
import { TestServer, type TestServerOptions } from './server.ts';

/**
 * Tests that a session has a case for each method of these services that is implemented, and that each door says the
 * same of those that are not.
 */
export function itAnswersEveryCall(
  session: DoorSession,
  services: readonly DescService[],
  options?: TestServerOptions,
): void {
  const listed = new Set(session.map(([service, method]) => `${service.name}.${method}`));
  const others = services.flatMap(({ methods }) => methods).filter((method) => !listed.has(nameOf(method)));
  let server: TestServer;
  let reference: readonly JsonObject[];

  before(async () => {
    server = await TestServer.start(options);
    reference = await refusalsThrough(DOORS.gRPC as (url: string) => Door);
  });

  after(() => server.close());

  async function refusalsThrough(open: (url: string) => Door): Promise<JsonObject[]> {
    using door = open(server.url);
    return await Promise.all(others.map((method) => refusalOf(door, method)));
  }

  it('has a case in the session for each call that is implemented', () => {
    const implemented = others.filter((_, index) => reference[index]?.code !== 'unimplemented');
    assert.deepEqual(
      implemented.map(nameOf),
      [],
      'each of these needs a case in SESSION, or, if it is not implemented, a valid request in unlisted-calls.ts',
    );
  });

  for (const [name, open] of Object.entries(DOORS)) {
    it(`answers alike through ${name} where a call is not implemented`, async () => {
      assert.deepEqual(await refusalsThrough(open), reference);
    });
  }
}

/** What a call is refused with whose request names nothing but what it must. */
async function refusalOf(door: Door, method: DescMethod): Promise<JsonObject> {
  const { pattern } = getOption(method, http);
  const inPath = [...String(pattern.value).matchAll(/\{(\w+)\}/g)].map(([, field = '']) => [
    method.input.fields.find(({ name }) => name === field)?.jsonName ?? field,
    'nothing',
  ]);
  const request = Object.fromEntries(inPath);
  return await door.call(method.parent, method.name, request).catch(errorToJson);
}

const nameOf = ({ parent, name }: DescMethod): string => `${parent.name}.${name}`;
