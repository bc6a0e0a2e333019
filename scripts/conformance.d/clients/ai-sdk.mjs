// The AI SDK of Vercel (`ai`) with each of the packages that speak to a provider.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { DEADLINE_MILLIS, MAX_TOKENS, PERSON, PROMPT, SYSTEM, THINKING_BUDGET } from '../question.mjs';

// Warnings of the library ("is not supported by this model") are about names of models it does not know.
globalThis.AI_SDK_LOG_WARNINGS = false;

const openai = ({ root, key }) => createOpenAI({ baseURL: `${root}/v1`, apiKey: key });

const aiSdk = (name, dialect, modelAt, reasoningOptions, options) => ({
  name: `ai, ${name}`,
  dialect,

  async ask(at, question, stream) {
    const called = [];
    const settings = {
      model: modelAt(at),
      system: SYSTEM,
      messages: [{ role: 'user', content: question.image ? imageParts(question.image) : PROMPT }],
      maxOutputTokens: MAX_TOKENS,
      maxRetries: 0,
      stopWhen: stepCountIs(2),
      abortSignal: AbortSignal.timeout(DEADLINE_MILLIS),
      providerOptions: question.reasons ? reasoningOptions : options,
    };
    if (question.tools.length > 0) {
      settings.tools = Object.fromEntries(question.tools.map((each) => [each.name, toolOf(each, question, called)]));
    }
    if (question.structured) {
      settings.output = Output.object({ schema: PERSON, name: 'person' });
    }
    const result = stream ? await streamed(settings) : await generateText(settings);
    // Where the tool has a function, the library itself calls it and goes on.
    const calls = question.loops ? called : result.toolCalls.map((call) => ({ name: call.toolName, arguments: call.input }));
    return {
      text: result.text,
      reasoning: result.reasoningText ?? '',
      calls,
      finish: result.finishReason.replace('-', '_'),
      ...(question.structured && { object: result.output }),
      inputTokens: result.usage.inputTokens,
      outputTokens: result.usage.outputTokens,
    };
  },
});

const imageParts = (base64) => [
  { type: 'text', text: PROMPT },
  { type: 'image', image: base64, mediaType: 'image/png' },
];

function toolOf({ name, description, input }, question, called) {
  return tool({
    description,
    inputSchema: input,
    ...(question.loops && {
      execute(given) {
        called.push({ name, arguments: given });
        return question.toolResult;
      },
    }),
  });
}

async function streamed(settings) {
  let failure;
  const stream = streamText({ ...settings, onError: ({ error }) => (failure ??= error) });
  let text = '';
  for await (const piece of stream.textStream) {
    text += piece;
  }
  if (failure) {
    throw failure;
  }
  const result = { text };
  for (const member of ['reasoningText', 'toolCalls', 'finishReason', 'usage']) {
    result[member] = await stream[member];
  }
  if (settings.output) {
    result.output = await stream.output;
  }
  return result;
}

export const clients = [
  aiSdk('@ai-sdk/openai, chat', 'openai', (at) => openai(at).chat(at.model), {
    openai: { reasoningEffort: 'low', forceReasoning: true },
  }),
  aiSdk(
    '@ai-sdk/openai, responses',
    'responses',
    (at) => openai(at).responses(at.model),
    { openai: { reasoningEffort: 'low', reasoningSummary: 'auto', forceReasoning: true, store: false } },
    { openai: { store: false } },
  ),
  aiSdk(
    '@ai-sdk/anthropic',
    'anthropic',
    ({ root, key, model }) => createAnthropic({ baseURL: `${root}/v1`, apiKey: key })(model),
    { anthropic: { thinking: { type: 'enabled', budgetTokens: THINKING_BUDGET } } },
    { anthropic: { structuredOutputMode: 'outputFormat' } },
  ),
  aiSdk(
    '@ai-sdk/google',
    'gemini',
    ({ root, key, model }) => createGoogleGenerativeAI({ baseURL: `${root}/v1beta`, apiKey: key })(model),
    { google: { thinkingConfig: { includeThoughts: true, thinkingBudget: THINKING_BUDGET } } },
  ),
  aiSdk(
    '@ai-sdk/openai-compatible',
    'openai',
    ({ root, key, model }) =>
      createOpenAICompatible({
        name: 'sluice',
        baseURL: `${root}/v1`,
        apiKey: key,
        includeUsage: true,
        supportsStructuredOutputs: true,
      })(model),
    { sluice: { reasoningEffort: 'low' } },
  ),
];
