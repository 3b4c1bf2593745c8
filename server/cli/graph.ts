import { DELIVERIES, wordOf } from '../runtime/vocabulary.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, textOption } from './command.ts';
import { everyLink, everyProcessor } from './every-part.ts';
import { dotPicture, mermaidPicture } from './graph-picture.ts';
import { printText } from './output.ts';

/** `streamlib graph` */
export const graphCommand: CliCommand = {
  name: 'graph',
  operands: '',
  operandCount: [0, 0],
  summary: 'Draws the graph of a server, for Graphviz or Mermaid.',
  options: {
    url: CLIENT_OPTIONS.url,
    output: {
      type: 'string',
      short: 'o',
      value: 'FORMAT',
      values: ['dot', 'mermaid'],
      description: 'dot (default), as for "| dot -Tsvg", or mermaid',
    },
  },
  async run({ options }) {
    const processors = await everyProcessor(serverOf(options).processors);
    const links = (await everyLink(serverOf(options).links)).map(({ effectiveDelivery, ...link }) => ({
      ...link,
      delivery: wordOf(DELIVERIES, effectiveDelivery) ?? '',
    }));
    const draw = textOption(options, 'output') === 'mermaid' ? mermaidPicture : dotPicture;
    printText(draw({ processors, links }));
    return 0;
  },
};
