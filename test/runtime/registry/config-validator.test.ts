import assert from 'node:assert/strict';
import type { JsonObject } from '../../../server/runtime/json.ts';
import { ConfigValidator } from '../../../server/runtime/registry/config-validator.ts';
import { dataFilter } from '../graph/support/graph-types.ts';

const validator = new ConfigValidator(dataFilter);

const withSecrets = new ConfigValidator({
  name: 'Secretive',
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: {
      url: { type: 'string', pattern: '^https://' },
      token: { type: 'string', minLength: 8, writeOnly: true },
      accounts: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['name'],
          properties: {
            name: { type: 'string' },
            password: { type: 'string', minLength: 8, writeOnly: true },
          },
        },
      },
      keys: {
        type: 'object',
        writeOnly: true,
        additionalProperties: false,
        properties: { a: { type: 'string' } },
      },
    },
  },
});

describe('ConfigValidator', () => {
  for (const { name, config, code, path, message } of [
    {
      name: 'a wrong type',
      config: { gain: 'loud' },
      code: 'CONFIG_INVALID',
      path: 'config.gain',
      message: 'config.gain must be of type number, was "loud"',
    },
    {
      name: 'a number out of range',
      config: { gain: -11 },
      code: 'CONFIG_INVALID',
      path: 'config.gain',
      message: 'config.gain must be >= -10, was -11',
    },
    {
      name: 'a word that is none of the list',
      config: { mode: 'slow' },
      code: 'CONFIG_INVALID',
      path: 'config.mode',
      message: 'config.mode must be one of "fast", "exact", was "slow"',
    },
    {
      name: 'an item of a list',
      config: { weights: [1, 2.5] },
      code: 'CONFIG_INVALID',
      path: 'config.weights[1]',
      message: 'config.weights[1] must be of type integer, was 2.5',
    },
    {
      name: 'a nested field',
      config: { limits: { low: null } },
      code: 'CONFIG_INVALID',
      path: 'config.limits.low',
      message: 'config.limits.low must be of type number, was null',
    },
    {
      name: 'an unknown field, with the nearest',
      config: { wieghts: [] },
      code: 'FIELD_UNKNOWN',
      path: 'config.wieghts',
      message: 'config.wieghts is no field, was []; near it are weights',
    },
    {
      name: 'an unknown field called __proto__',
      config: JSON.parse('{"__proto__": {"gain": 2}}'),
      code: 'FIELD_UNKNOWN',
      path: 'config.__proto__',
      message: 'config.__proto__ is no field, was {"gain":2}; near it are limits, mode, token',
    },
  ] satisfies { name: string; config: JsonObject; code: string; path: string; message: string }[]) {
    it(`names ${name} and its value`, () =>
      assert.deepEqual(validator.validate(config), [{ code, path, message }]));
  }

  it('names a missing field', () => {
    assert.deepEqual(withSecrets.validate({}), [
      { code: 'CONFIG_INVALID', path: 'config.url', message: 'config.url is required, was absent' },
    ]);
  });

  it('finds several faults at once', () => {
    const paths = validator.validate({ gain: 99, mode: 1, other: 2 }).map(({ path }) => path);
    assert.deepEqual(paths.sort(), ['config.gain', 'config.mode', 'config.mode', 'config.other']);
  });

  it('shortens long values', () => {
    const [fault] = validator.validate({ mode: 'x'.repeat(10_000) });
    assert.ok((fault?.message.length ?? 0) < 250, fault?.message);
  });

  it('never repeats a secret', () => {
    const faults = withSecrets.validate({
      url: 'https://x',
      token: 'hunter2',
      accounts: [{ name: 'a', password: 'hunter2' }],
      keys: { a: 1, hunter2: 'hunter2-value' },
    });
    assert.deepEqual(faults.map(({ path }) => path).sort(), [
      'config.accounts[0].password',
      'config.keys.a',
      'config.keys.hunter2',
      'config.token',
    ]);
    for (const { path, message } of faults) {
      assert.ok(!message.replace(path, '').includes('hunter2'), message);
    }
  });

  it('fills in defaults, also of nested objects, and leaves the config as it was', () => {
    const config = { gain: 3 };
    assert.deepEqual(validator.withDefaults(config), {
      gain: 3,
      mode: 'fast',
      weights: [],
      limits: { low: 0, high: 1 },
      token: '',
    });
    assert.deepEqual(config, { gain: 3 });
  });

  it('checks without filling in', () => {
    const config = {};
    assert.deepEqual(validator.validate(config), []);
    assert.deepEqual(config, {});
  });

  it('masks secrets, in lists and objects too, and nothing else', () => {
    const config = {
      url: 'https://x',
      token: 't',
      accounts: [{ name: 'a', password: 'p' }],
      keys: { a: 'k' },
    };
    assert.deepEqual(withSecrets.masked(config), {
      url: 'https://x',
      token: '***',
      accounts: [{ name: 'a', password: '***' }],
      keys: '***',
    });
    assert.equal(config.token, 't');
  });

  for (const { name, properties, names } of [
    { name: 'that is no JSON Schema', properties: { gain: { type: 'numbr' } }, names: 'type' },
    {
      name: 'with an unknown keyword',
      properties: { gain: { type: 'number', defualt: 1 } },
      names: 'defualt',
    },
    {
      name: 'whose default breaks it',
      properties: { gain: { type: 'number', default: 'x' } },
      names: 'config.gain',
    },
  ]) {
    it(`refuses a schema ${name}, naming the type`, () => {
      const configSchema = { type: 'object', additionalProperties: false, properties } as never;
      assert.throws(
        () => new ConfigValidator({ name: 'Broken', configSchema }),
        (error: Error & { code: string; path: string }) => {
          assert.equal(error.code, 'FIELD_INVALID');
          assert.equal(error.path, 'Broken.configSchema');
          assert.ok(error.message.includes('Broken') && error.message.includes(names), error.message);
          return true;
        },
      );
    });
  }
});
