// node scripts/docs.mjs [--check]: writes the list of types in docs/processors.md from the descriptors, below the
// line that says so. With --check writes nothing, and exits with 1 if something would change.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT_IN_REGISTRIES } from '../server/registries.ts';
import { ProcessorRegistry } from '../server/runtime/registry/index.ts';
import { schedulingOf } from '../server/runtime/scheduling.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const path = join(root, 'docs/processors.md');
const MARK = '<!-- Below this line: made by scripts/docs.mjs from the descriptors. -->\n';

const present = readFileSync(path, 'utf8');
const head = present.split(MARK)[0];
const registry = await ProcessorRegistry.load(BUILT_IN_REGISTRIES);
const wanted = `${head}${MARK}\n${registry.descriptors().map(describeType).join('\n')}`;

if (process.argv.includes('--check')) {
  if (present !== wanted) {
    console.error('docs/processors.md is not that of the descriptors: run `node scripts/docs.mjs`');
    process.exitCode = 1;
  }
} else if (present !== wanted) {
  writeFileSync(path, wanted);
  console.log('docs/processors.md is new');
}

function describeType(descriptor) {
  const { name, description, tags, inputs, outputs, configSchema, async: isAsync, dedicated } = descriptor;
  const traits = [
    scheduleText(schedulingOf(descriptor)),
    ...(isAsync ? ['async'] : []),
    ...(dedicated ? ['always in a lane of its own'] : []),
  ];
  const ports = [
    ...Object.entries(inputs).map(([port, input]) => portRow('input', port, input, inputTraits(input))),
    ...Object.entries(outputs).map(([port, output]) => portRow('output', port, output, '')),
  ];
  const required = new Set(configSchema.required ?? []);
  const fields = Object.entries(configSchema.properties ?? {}).map(([key, schema]) =>
    fieldRow(key, schema, required.has(key)),
  );
  return [
    `### ${name}\n\n${cell(description)}\n\n${[...traits, `tags: ${tags.join(', ')}`].join(' · ')}\n`,
    ...table('| port | | frames | |', ports),
    ...table('| config | type | default | |', fields),
  ].join('\n');
}

function table(header, rows) {
  if (rows.length === 0) return [];
  return [`${header}\n${header.replaceAll(/[^|]+/g, '---')}\n${rows.join('\n')}\n`];
}

function portRow(direction, port, { frame, description }, traits) {
  const type = frame === 'any' ? 'any' : frame.name;
  return `| \`${port}\` | ${direction} | \`${type}\`${traits} | ${cell(description)} |`;
}

function inputTraits({ delivery = 'every', many }) {
  return `, ${delivery}${many ? ', any number of links' : ''}`;
}

function fieldRow(key, schema, isRequired) {
  const fallback =
    'default' in schema ? `\`${JSON.stringify(schema.default)}\`` : isRequired ? 'required' : '';
  return `| \`${key}\` | ${cell(typeText(schema))} | ${fallback} | ${cell(schema.description)} |`;
}

function typeText(schema) {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map(typeText).join(' or ');
  const type = [schema.type].flat().join(' or ');
  if (type === 'array') return `array of ${schema.items ? typeText(schema.items) : 'any'}`;
  return type + rangeText(schema);
}

function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  const bounds = [
    minimum !== undefined && `from ${minimum}`,
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    maximum !== undefined && `to ${maximum}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
  ].filter(Boolean);
  return bounds.length > 0 ? `, ${bounds.join(' ')}` : '';
}

function scheduleText(scheduling) {
  if (scheduling.kind === 'push') return 'called when a frame arrives';
  if (scheduling.kind === 'manual') return 'owns its callbacks';
  return `called every ${scheduling.intervalUs ?? 10} µs`;
}

/** A text as it may stand in a cell. */
function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\s+/g, ' ');
}
