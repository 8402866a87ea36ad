/** The SDK's server, with the errors that it words or numbers otherwise than the protocol asks for. */

import { INVALID_PARAMS, type JSONRPCMessage, McpServer, type Transport } from '@modelcontextprotocol/server';
import { withClearFindings } from './invalid-params.ts';
import { members } from './members.ts';
import type { Era } from './parts.ts';

/** `Resource not found` until 2025-11-25; an invalid parameter since. */
const LEGACY_NOT_FOUND = -32_002;

export class EraServer extends McpServer {
  readonly #era: Era;

  constructor(era: Era, ...server: ConstructorParameters<typeof McpServer>) {
    super(...server);
    this.#era = era;
  }

  override async connect(transport: Transport): Promise<void> {
    const send = transport.send.bind(transport);
    const legacy = this.#era === 'legacy';
    transport.send = (message, options) => {
      const clear = withClearFindings(message);
      return send(legacy ? withLegacyCode(clear) : clear, options);
    };
    await super.connect(transport);
  }
}

/** The data of such an error is the URI alone, in both eras: by this it is known. */
function withLegacyCode(message: JSONRPCMessage): JSONRPCMessage {
  if (!('error' in message) || message.error.code !== INVALID_PARAMS) return message;
  if (Object.keys(members(message.error.data)).join() !== 'uri') return message;
  return { ...message, error: { ...message.error, code: LEGACY_NOT_FOUND } };
}
