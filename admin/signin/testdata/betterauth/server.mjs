// A better-auth application on the database of a test. It prints its port on one line and
// ends when its input does.
import { webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import pg from 'pg';

globalThis.crypto ??= webcrypto; // Node.js 18, which Debian 12 has, lacks it
const { betterAuth } = await import('better-auth');
const { toNodeHandler } = await import('better-auth/node');
const { bearer } = await import('better-auth/plugins');

const { DATABASE_URL, SCHEMA, SECRET } = process.env;
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const auth = betterAuth({
    baseURL: `http://127.0.0.1:${port}`,
    secret: SECRET,
    database: new pg.Pool({ connectionString: DATABASE_URL, options: `-c search_path=${SCHEMA}`, max: 4 }),
    emailAndPassword: { enabled: true },
    plugins: [bearer()],
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
  });
  server.on('request', toNodeHandler(auth));
  console.log(port);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
