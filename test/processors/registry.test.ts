import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { processorTypes as generalTypes } from '../../server/processors/index.ts';
import type { JsonValue } from '../../server/runtime/json.ts';
import type { ProcessorDescriptor, ProcessorTypeEntry } from '../../server/runtime/processor.ts';
import { processorTypes as tradingTypes } from '../../server/trading/index.ts';
import { withDefaults } from '../support/config-defaults.ts';

interface Property {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
}
interface ConfigSchema {
  readonly type: string;
  readonly additionalProperties: boolean;
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, Property>>;
}

const SENTENCE = /^[A-Za-z].*\.$/s;
const KEBAB = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();

const exampleOf = (type: string | undefined): JsonValue =>
  type === 'object' ? { x: { x: 1 } } : type === 'array' ? ['X'] : type === 'string' ? 'X' : 1;

const at = (path: string): URL => new URL(`../../server/${path}/`, import.meta.url);

/** What holds something and processes nothing. */
const WITHOUT_PORTS = new Set(['TradingEngine']);

/** The rooms that have processor types, and the folders with one file per type. */
const rooms = [
  { room: 'processors', folders: [at('processors')], processorTypes: generalTypes },
  { room: 'trading', folders: [at('trading/feeds'), at('trading/runner')], processorTypes: tradingTypes },
];

async function descriptorOf({ load }: ProcessorTypeEntry): Promise<ProcessorDescriptor> {
  return (await load()).default.descriptor;
}

for (const { room, folders, processorTypes } of rooms)
  describe(`the processor types of ${room}`, () => {
    it('are sorted and each listed once', () => {
      const names = processorTypes.map(({ type }) => type);
      assert.deepEqual(names, [...new Set(names)].sort());
    });

    it('are all the types that there are files of', async () => {
      const files = folders.flatMap((folder) =>
        readdirSync(folder)
          .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
          .map((name) => ({ name, url: new URL(name, folder).href })),
      );
      const modules = await Promise.all(files.map(({ url }) => import(url)));
      const types = files.flatMap(({ name }, i) =>
        modules[i].default?.descriptor === undefined ? [] : [name],
      );
      assert.deepEqual(types.sort(), processorTypes.map(({ type }) => `${KEBAB(type)}.ts`).sort());
    });

    for (const entry of processorTypes) {
      const { type } = entry;
      describe(type, () => {
        it('says what it is', async () => {
          const { name, version, description, tags } = await descriptorOf(entry);
          assert.equal(name, type);
          assert.match(name, /^[A-Z][A-Za-z0-9]*$/);
          assert.ok(Number.isInteger(version) && version >= 1);
          assert.match(description, SENTENCE);
          assert.ok(tags.length > 0);
          for (const tag of tags) assert.match(tag, /^[a-z][a-z-]*$/);
        });

        it('has described ports with the usual names', async () => {
          const { inputs, outputs } = await descriptorOf(entry);
          const ports = [...Object.entries(inputs), ...Object.entries(outputs)];
          assert.equal(ports.length > 0, !WITHOUT_PORTS.has(type));
          for (const [name, port] of ports) {
            assert.match(name, /^(audio|data|market)(_in|_out|_a|_b)?$|^trigger$/);
            assert.match(port.description, SENTENCE);
          }
        });

        it('describes each config field and gives it a default unless it is required', async () => {
          const schema = (await descriptorOf(entry)).configSchema as unknown as ConfigSchema;
          assert.equal(schema.type, 'object');
          assert.equal(schema.additionalProperties, false);
          for (const [name, property] of Object.entries(schema.properties)) {
            assert.match(name, /^[a-z][a-z0-9_]*$/);
            assert.match(property.description ?? '', SENTENCE, name);
            assert.equal('default' in property, !schema.required?.includes(name), name);
          }
        });

        it('has a schema that its own defaults satisfy', async () => {
          const schema = (await descriptorOf(entry)).configSchema as unknown as ConfigSchema;
          const { required = [], properties } = schema;
          const needed = Object.fromEntries(
            required.map((name) => [name, exampleOf(properties[name]?.type)]),
          );
          const filled = withDefaults(schema, needed);
          assert.deepEqual(Object.keys(filled).sort(), Object.keys(properties).sort());
          assert.throws(() => withDefaults(schema, { ...needed, no_such_field: 1 }), /additional properties/);
        });
      });
    }
  });
