// `@google/genai` from npm.
import { GoogleGenAI } from '@google/genai';
import { z } from 'zod';
import { DEADLINE_MILLIS, MAX_TOKENS, PERSON, PROMPT, SYSTEM, THINKING_BUDGET } from '../question.mjs';

export const generateContent = {
  name: '@google/genai',
  dialect: 'gemini',

  async ask({ root, key, model }, question, stream) {
    const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: root, timeout: DEADLINE_MILLIS } });
    const config = { systemInstruction: SYSTEM, maxOutputTokens: MAX_TOKENS };
    const contents = [{ role: 'user', parts: [{ text: PROMPT }] }];
    if (question.image) {
      contents[0].parts.push({ inlineData: { mimeType: 'image/png', data: question.image } });
    }
    if (question.tools.length > 0) {
      config.tools = [
        {
          functionDeclarations: question.tools.map((tool) => ({
            name: tool.name,
            description: tool.description,
            parametersJsonSchema: question.jsonSchemaOf(tool),
          })),
        },
      ];
    }
    if (question.structured) {
      config.responseMimeType = 'application/json';
      config.responseJsonSchema = z.toJSONSchema(PERSON);
    }
    if (question.reasons) {
      config.thinkingConfig = { includeThoughts: true, thinkingBudget: THINKING_BUDGET };
    }
    const first = await generated(client, { model, contents, config }, stream);
    if (!question.loops) {
      return heard(first, question);
    }
    contents.push({ role: 'model', parts: first.parts });
    contents.push({
      role: 'user',
      parts: first.parts
        .filter(({ functionCall }) => functionCall)
        .map(({ functionCall: { id, name } }) => ({
          functionResponse: { id, name, response: { output: question.toolResult } },
        })),
    });
    const second = await generated(client, { model, contents, config }, stream);
    return { ...heard(second, question), calls: heard(first, question).calls };
  },
};

async function generated(client, request, stream) {
  const whole = { parts: [], finish: undefined, usage: undefined };
  const chunks = stream
    ? await client.models.generateContentStream(request)
    : [await client.models.generateContent(request)];
  for await (const chunk of chunks) {
    const [candidate] = chunk.candidates ?? [];
    whole.parts.push(...(candidate?.content?.parts ?? []));
    whole.finish = candidate?.finishReason ?? whole.finish;
    whole.usage = chunk.usageMetadata ?? whole.usage;
  }
  return whole;
}

function heard({ parts, finish, usage }, question) {
  const text = (thought) =>
    parts
      .filter((part) => part.text && Boolean(part.thought) === thought)
      .map((part) => part.text)
      .join('');
  const calls = parts.filter(({ functionCall }) => functionCall).map(({ functionCall }) => functionCall);
  if (finish !== 'STOP') {
    throw new Error(`the finish reason is ${finish}`);
  }
  return {
    text: text(false),
    reasoning: text(true),
    calls: calls.map(({ name, args }) => ({ name, arguments: args ?? {} })),
    finish: calls.length > 0 ? 'tool_calls' : 'stop',
    ...(question.structured && { object: JSON.parse(text(false)) }),
    inputTokens: usage.promptTokenCount,
    outputTokens: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
  };
}
