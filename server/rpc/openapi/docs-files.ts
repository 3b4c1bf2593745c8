import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A file of the documentation page. */
export interface DocsFile {
  readonly contentType: string;
  read(): Promise<string | Uint8Array>;
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>streamlib API</title>
    <link rel="icon" type="image/png" href="/docs/favicon.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

// A file and not in the page, which may contain no script.
const START = `SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'none',
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
});
`;

/** What stands below /docs, by its path: our page, and the viewer's files from its package. */
export const DOCS_FILES: ReadonlyMap<string, DocsFile> = new Map([
  ['/docs', text('text/html; charset=utf-8', PAGE)],
  ['/docs/start.js', text('text/javascript; charset=utf-8', START)],
  ['/docs/swagger-ui-bundle.js', viewerFile('text/javascript; charset=utf-8', 'swagger-ui-bundle.js')],
  ['/docs/swagger-ui.css', viewerFile('text/css; charset=utf-8', 'swagger-ui.css')],
  ['/docs/favicon.png', viewerFile('image/png', 'favicon-32x32.png')],
]);

function text(contentType: string, content: string): DocsFile {
  return { contentType, read: async () => content };
}

function viewerFile(contentType: string, name: string): DocsFile {
  // Resolved when it is asked for: who never opens the page needs no viewer.
  return {
    contentType,
    read: () => readFile(fileURLToPath(import.meta.resolve(`@fastify/swagger-ui/static/${name}`))),
  };
}
