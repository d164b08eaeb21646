// A better-auth application on the database of a test. It prints its port on one line and
// ends when its input does.
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { toNodeHandler } from 'better-auth/node';
import { bearer } from 'better-auth/plugins';
import pg from 'pg';

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
