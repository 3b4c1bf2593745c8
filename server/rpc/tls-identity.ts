import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { StreamlibError } from '../runtime/index.ts';

/** What a server proves who it is with; both are PEM text. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Reads the certificate (with its chain) and the private key; undefined where both paths are empty. Throws CONFIG_INVALID
 * naming the field of the config: one of them alone, a file that cannot be read, or two that do not belong together.
 */
export async function readTlsIdentity(files: {
  readonly certificate: string;
  readonly key: string;
}): Promise<TlsIdentity | undefined> {
  if (files.certificate === '' && files.key === '') return undefined;
  const certificate = await readPem('config.tls_cert', files.certificate);
  const key = await readPem('config.tls_key', files.key);
  try {
    createSecureContext({ cert: certificate, key });
  } catch (error) {
    const message =
      'config.tls_cert and config.tls_key must be a certificate and its private key in PEM, ' +
      `was ${JSON.stringify(files.certificate)} and ${JSON.stringify(files.key)}: ${(error as Error).message}`;
    throw new StreamlibError('CONFIG_INVALID', message, { path: 'config.tls_cert', cause: error });
  }
  return { certificate, key };
}

async function readPem(field: string, path: string): Promise<string> {
  if (path === '') {
    const message = 'config.tls_cert and config.tls_key must both be given or neither, was only one of them';
    throw new StreamlibError('CONFIG_INVALID', message, { path: field });
  }
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = `${field} must be a file that can be read, was ${JSON.stringify(path)} (${code})`;
    throw new StreamlibError('CONFIG_INVALID', message, { path: field, cause: error });
  }
}
