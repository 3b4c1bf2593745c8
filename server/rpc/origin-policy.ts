import { isIP } from 'node:net';
import { StreamlibError } from '../runtime/index.ts';

/** Where web pages of our own development server come from. */
const DEVELOPMENT_ORIGIN = 'http://localhost:3000';

/**
 * What a request says about the page that sent it: nothing (no browser, or the same origin without saying so),
 * that it is this server's own page, a page that may call us, or any other page.
 */
export type OriginVerdict = 'absent' | 'own' | 'allowed' | 'foreign';

/** Tells pages that may call this server from all others. */
export type OriginPolicy = (origin: string | undefined, host: string | undefined) => OriginVerdict;

/**
 * The policy that allows `http://localhost:3000` and the given origins, and nothing else. Throws CONFIG_INVALID
 * for what is not an origin.
 */
export function createOriginPolicy(corsOrigins: readonly string[]): OriginPolicy {
  const allowed = new Set([DEVELOPMENT_ORIGIN, ...corsOrigins.map(parseOrigin)]);
  return (origin, host) => {
    if (origin === undefined) return 'absent';
    if (allowed.has(origin)) return 'allowed';
    return isOwn(origin, host) ? 'own' : 'foreign';
  };
}

/**
 * A page that this server itself served. A name other than localhost proves nothing: its owner may let it point
 * to this machine and so make any page look like ours.
 */
function isOwn(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.host !== host.toLowerCase()) return false;
  return url.hostname === 'localhost' || isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0;
}

function parseOrigin(text: string, index: number): string {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (origin !== 'null' && origin === text.toLowerCase()) return origin;
  const path = `config.cors_origins[${index}]`;
  const message = `${path} must be an origin, as https://example.org, was ${JSON.stringify(text)}`;
  throw new StreamlibError('CONFIG_INVALID', message, { path });
}
