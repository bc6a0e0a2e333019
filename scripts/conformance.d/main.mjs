// Runs every client against a provider of every dialect through the gateway, and against the provider of its own
// dialect without it: what a client hears must be the same. Prints the matrix; exits with 1 when a cell differs,
// or when docs/dialects.md has another one.
//
//   node main.mjs PROVIDER_URL GATEWAY_URL
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { clients as aiSdk } from './clients/ai-sdk.mjs';
import { messages } from './clients/anthropic.mjs';
import { generateContent } from './clients/google.mjs';
import { chat, responses } from './clients/openai.mjs';
import { Question } from './question.mjs';

const CLIENTS = [chat, responses, messages, generateContent, ...aiSdk];
const PROVIDERS = ['openai', 'responses', 'anthropic', 'gemini', 'bedrock', 'ollama'];

const [providerUrl, gatewayUrl] = process.argv.slice(2);
const script = await (await fetch(`${providerUrl}/scenarios`)).json();
const questions = script.scenarios.map((scenario) => new Question(scenario, script));

/** The provider of responses serves nothing else. */
const speaks = (client, provider) => provider !== 'responses' || client.dialect === 'responses';

const direct = (client, { kind }) => ({ root: `${providerUrl}/${client.dialect}`, key: 'none', model: kind });
const through = (provider, { kind }) => ({ root: gatewayUrl, key: 'none', model: `${provider}.${kind}` });

/** What is wrong with what was heard: one line for each member; none when all is well. */
function differences(heard, expected) {
  const members = new Set([...Object.keys(expected), ...Object.keys(heard)]);
  return [...members]
    .filter((member) => !isDeepStrictEqual(plain(heard[member]), plain(expected[member])))
    .map((member) => `${member}: ${JSON.stringify(heard[member])}, not ${JSON.stringify(expected[member])}`);
}

// Libraries give objects of classes of their own, or without a prototype.
const plain = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

async function asked(client, at, question, stream) {
  try {
    return { heard: await client.ask(at, question, stream) };
  } catch (error) {
    const status = error.status ?? error.statusCode;
    return { failure: `${error.name}${status ? ` ${status}` : ''}: ${error.message.slice(0, 500)}` };
  }
}

/** What the client hears of its own provider. A library that shows no reasoning is no worse for it through the gateway. */
async function natively(client, question, stream) {
  const { heard, failure } = await asked(client, direct(client, question), question, stream);
  const wrong = failure ? [failure] : differences(heard, { ...question.expected, reasoning: heard.reasoning });
  return { heard, wrong };
}

const complaints = [];
const matrix = new Map();

for (const client of CLIENTS) {
  const row = new Map([['direct', { right: 0, of: 0 }], ...PROVIDERS.map((name) => [name, { right: 0, of: 0 }])]);
  matrix.set(client.name, row);
  const note = (column, question, stream, wrong) => {
    row.get(column).of++;
    row.get(column).right += wrong.length === 0 ? 1 : 0;
    const what = `${client.name} -> ${column}, ${question.kind}, ${stream ? 'stream' : 'whole'}`;
    complaints.push(...wrong.map((line) => `${what}: ${line}`));
  };
  for (const question of questions) {
    for (const stream of [true, false]) {
      const native = await natively(client, question, stream);
      note('direct', question, stream, native.wrong);
      for (const provider of PROVIDERS.filter((name) => speaks(client, name))) {
        const { heard, failure } = await asked(client, through(provider, question), question, stream);
        note(provider, question, stream, failure ? [failure] : differences(heard, native.heard ?? question.expected));
      }
    }
  }
}

const cell = ({ right, of }) => (of === 0 ? '-' : right === of ? `${right} ok` : `${right} of ${of}`);
const rows = [
  ['client', 'direct', ...PROVIDERS],
  ...[...matrix].map(([name, row]) => [name, ...[...row.values()].map(cell)]),
];
const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
const line = (row) => `| ${row.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`;
const table = [line(rows[0]), line(widths.map((width) => '-'.repeat(width))), ...rows.slice(1).map(line)].join('\n');
console.log(table);

const document = await readFile(new URL('../../docs/dialects.md', import.meta.url), 'utf8');
if (!document.includes(`<!-- scripts/conformance -->\n\n${table}\n`)) {
  complaints.push('docs/dialects.md has another table behind <!-- scripts/conformance -->');
}

const all = [...matrix.values()].flatMap((row) => [...row.values()]);
const total = all.reduce((sum, { of }) => sum + of, 0);
console.log(`\n${total} questions, ${complaints.length === 0 ? 'no difference' : 'these differ:'}`);
complaints.forEach((complaint) => console.log(`  ${complaint}`));
process.exit(complaints.length === 0 ? 0 : 1);
