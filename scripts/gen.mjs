// npm run gen: brings third_party/, gen/ and the generated code of clients/ up to date with proto/ and the installed
// packages.
// With --third-party: only what a checkout needs and does not contain, third_party/ and its generated code.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mirror, withTemporaryFolder } from './folders.mjs';
import { generate } from './generate.mjs';
import { GO_GENERATED, generateGo } from './go-client.mjs';
import { writeThirdParty } from './third-party.mjs';

const THIRD_PARTY = ['google', 'grpc'];
const OURS = ['streamlib'];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const thirdPartyOnly = process.argv.includes('--third-party');

try {
  const changed = withTemporaryFolder((folder) => {
    writeThirdParty(root, join(folder, 'third_party'));
    const protos = mirrorPart(folder, 'third_party');
    const paths = THIRD_PARTY.flatMap((name) => ['--path', join('third_party', name)]);
    generate(root, folder, thirdPartyOnly ? paths : []);
    const parts = thirdPartyOnly ? THIRD_PARTY : [...THIRD_PARTY, ...OURS];
    return [...protos, ...parts.flatMap((name) => mirrorPart(folder, `gen/ts/${name}`))];
  });
  for (const path of changed) console.log(path);
  const inClients = thirdPartyOnly ? [] : withTemporaryFolder(mirrorGoClient);
  for (const path of inClients) console.log(path);
  if (changed.length + inClients.length === 0)
    console.log('all generated code and third_party/ are up to date');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function mirrorGoClient(folder) {
  generateGo(root, folder);
  return mirrorPart(folder, GO_GENERATED);
}

function mirrorPart(folder, part) {
  return mirror(join(folder, part), join(root, part)).map((path) => `${part}/${path}`);
}
