// node scripts/docs.mjs [--check]: writes the list of types in docs/processors.md from the descriptors and the reference
// in docs/pipelines.md from the schema of configs and that of docs/cli.md from the commands, each below the line that says
// so, and docs/pipeline.schema.json. With --check writes nothing, and exits with 1 if something would change.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { everyCommand } from '../server/cli/commands.ts';
import {
  pipelineConfigSchema,
  pipelineConfigShape,
} from '../server/pipelines/config/pipeline-config-schema.ts';
import { BUILT_IN_REGISTRIES } from '../server/registries.ts';
import { ProcessorRegistry } from '../server/runtime/registry/index.ts';
import { schedulingOf } from '../server/runtime/scheduling.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MARK = /<!-- Below this line: made by scripts\/docs\.mjs from the [a-z]+\. -->\n/;

const registry = await ProcessorRegistry.load(BUILT_IN_REGISTRIES);
const descriptors = registry.descriptors();
const wanted = new Map([
  ['docs/processors.md', belowMark('docs/processors.md', descriptors.map(describeType).join('\n'))],
  ['docs/pipelines.md', belowMark('docs/pipelines.md', describeConfig(pipelineConfigShape))],
  ['docs/cli.md', belowMark('docs/cli.md', (await everyCommand()).map(describeCommand).join('\n'))],
  ['docs/pipeline.schema.json', `${JSON.stringify(pipelineConfigSchema(descriptors), null, 2)}\n`],
]);

for (const [path, text] of wanted) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} is not that of the descriptors: run \`node scripts/docs.mjs\``);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    console.log(`${path} is new`);
  }
}

function belowMark(path, text) {
  const present = readFileSync(join(root, path), 'utf8');
  const [mark] = MARK.exec(present);
  return `${present.slice(0, present.indexOf(mark))}${mark}\n${text}`;
}

function describeConfig({ properties, required }) {
  const { nodes, connections, pipeline_config, ...rest } = properties;
  const { supervision } = pipeline_config.properties;
  const parts = [
    ['The whole', { properties: { nodes, connections, pipeline_config, ...rest }, required }],
    ['A node', nodes.items],
    ['A connection', connections.items],
    ['`pipeline_config`', pipeline_config],
    ['`supervision`', supervision],
    ['`supervision.restart`', supervision.properties.restart],
  ];
  return parts.map(([title, schema]) => `### ${title}\n\n${fieldTable(schema)}`).join('\n');
}

function fieldTable({ properties, required = [] }) {
  const rows = Object.entries(properties).map(([key, schema]) =>
    fieldRow(key, schema, required.includes(key)),
  );
  return table('| field | type | default | |', rows).join('');
}

function describeCommand({ name, operands, summary, options }) {
  const rows = Object.entries(options).map(([long, { short, value, description }]) => {
    const flag = `${short ? `-${short}, ` : ''}--${long}${value ? ` ${value}` : ''}`;
    return `| \`${flag.replaceAll('|', '\\|')}\` | ${cell(description)} |`;
  });
  const title = `### \`streamlib ${[name, operands].filter(Boolean).join(' ')}\``;
  return [`${title}\n\n${cell(summary)}\n`, ...table('| option | |', rows)].join('\n');
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
  return `| \`${key}\` | ${cell(typeText(schema))} | ${fallback} | ${cell(schema.description ?? '')} |`;
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
