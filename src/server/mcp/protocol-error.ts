/** Errors of requests that are no tool calls: a catalogue error as the JSON-RPC error the protocol asks for. */

import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server';
import { toFault, type Fault } from '../../core/errors.ts';

/** Told every error that is a defect of ours, with its cause. */
export type Defect = (thrown: Error) => void;

/** What the caller got wrong is theirs to mend (-32602); the rest is internal (-32603). The catalogue's record goes along. */
function protocolError(fault: Fault): ProtocolError {
  const code = fault.exit === 2 ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
  return new ProtocolError(code, sentence(fault), fault.toRecord());
}

function sentence({ code, message, hint }: Fault): string {
  return `${code}: ${message.replace(/\.$/, '')}. ${hint}`;
}

/** Runs a handler; what it throws becomes a JSON-RPC error. */
export async function answered<T>(defect: Defect, handle: () => Promise<T>): Promise<T> {
  try {
    return await handle();
  } catch (thrown) {
    if (thrown instanceof ProtocolError) throw thrown;
    const fault = toFault(thrown);
    if (fault.code === 'INTERNAL') defect(fault);
    throw protocolError(fault);
  }
}

/**
 * Runs a read of one resource. What does not exist, not yet or not any more, is the protocol's own error for that, whose data
 * is the URI and nothing else: clients know it by this.
 */
export function answeredResource<T>(uri: string, defect: Defect, handle: () => Promise<T>): Promise<T> {
  return answered(defect, async () => {
    try {
      return await handle();
    } catch (thrown) {
      const fault = toFault(thrown);
      if (fault.exit !== 2 && fault.code !== 'WORKFLOW_ACTIVE') throw thrown;
      throw new ResourceNotFoundError(uri, sentence(fault));
    }
  });
}
