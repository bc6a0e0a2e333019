// Unpacks the browser of @sparticuz/chromium, which is packed with Brotli: the program itself, and archives with what it
// needs besides.
//
//   node unpack.mjs PACKAGE_FOLDER TO
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';

const [from, to] = process.argv.slice(2);

const unpack = (name, file) =>
  pipeline(createReadStream(join(from, 'bin', `${name}.br`)), createBrotliDecompress(), createWriteStream(file));

async function unpackArchive(name) {
  const archive = join(to, name);
  await unpack(name, archive);
  const { status, stderr } = spawnSync('tar', ['-xf', archive, '-C', to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tar could not unpack ${name}: ${stderr}`);
  await rm(archive);
}

await mkdir(to, { recursive: true });
await unpack('chromium', join(to, 'chromium'));
await unpackArchive('al2023.tar');
await unpackArchive('fonts.tar');
await writeFile(
  join(to, 'browser'),
  `#!/usr/bin/env bash
# The libraries and fonts beside it come first, so that it needs none of the system's.
here="$(cd "$(dirname "\${BASH_SOURCE[0]}")" && pwd)"
export LD_LIBRARY_PATH="$here/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" FONTCONFIG_PATH="$here"
exec "$here/chromium" "$@"
`,
);
await chmod(join(to, 'chromium'), 0o755);
await chmod(join(to, 'browser'), 0o755);
