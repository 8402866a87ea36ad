/**
 * Names of the OpenTelemetry conventions for generative AI, as semantic-conventions 1.45.0 has them. They are in development
 * there and move between releases, so they stand here and nowhere else; names of ours begin with `beltalowda.`.
 */

export const OPERATION = 'gen_ai.operation.name';
export const PROVIDER = 'gen_ai.provider.name';
export const CONVERSATION = 'gen_ai.conversation.id';
export const WORKFLOW_NAME = 'gen_ai.workflow.name';
export const AGENT_ID = 'gen_ai.agent.id';
export const AGENT_NAME = 'gen_ai.agent.name';
export const MODEL = 'gen_ai.request.model';
export const TOOL_NAME = 'gen_ai.tool.name';
export const TOOL_TYPE = 'gen_ai.tool.type';
export const TOOL_CALL = 'gen_ai.tool.call.id';
export const INPUT_TOKENS = 'gen_ai.usage.input_tokens';
export const OUTPUT_TOKENS = 'gen_ai.usage.output_tokens';
export const CACHE_READ_TOKENS = 'gen_ai.usage.cache_read.input_tokens';
export const CACHE_WRITE_TOKENS = 'gen_ai.usage.cache_creation.input_tokens';
export const REASONING_TOKENS = 'gen_ai.usage.reasoning.output_tokens';
export const ERROR_TYPE = 'error.type';

/** What people wrote and models answered: recorded where it is allowed, never by default. */
export const INSTRUCTIONS = 'gen_ai.system_instructions';
export const INPUT_MESSAGES = 'gen_ai.input.messages';
export const OUTPUT_MESSAGES = 'gen_ai.output.messages';
export const TOOL_ARGUMENTS = 'gen_ai.tool.call.arguments';
export const TOOL_RESULT = 'gen_ai.tool.call.result';

/** Operations, which also begin the name of their span. */
export const INVOKE_WORKFLOW = 'invoke_workflow';
export const INVOKE_AGENT = 'invoke_agent';
export const CHAT = 'chat';
export const EXECUTE_TOOL = 'execute_tool';

/** Providers that the conventions name otherwise than we do. */
const PROVIDERS: Readonly<Record<string, string>> = {
  gemini: 'gcp.gemini',
  mistral: 'mistral_ai',
  xai: 'x_ai',
};

/** `provider/model` in the words of the conventions; a name without a provider is its own. */
export function providerOf(name: string): { readonly provider: string; readonly model: string } {
  const at = name.indexOf('/');
  if (at < 0) return { provider: name, model: name };
  const provider = name.slice(0, at);
  return { provider: PROVIDERS[provider] ?? provider, model: name.slice(at + 1) };
}
