// Stands for an application that can be told to write no more: `node application.js PORT`.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);

let allowed = true;
const server = createServer((request, response) => {
  const answer = () => response.end(JSON.stringify({ allowed }));
  if (request.method !== 'PUT') {
    answer();
    return;
  }
  text(request)
    .then((body) => {
      ({ allowed } = JSON.parse(body));
      say(`writes are ${allowed ? 'allowed' : 'not allowed'}`);
      answer();
    })
    .catch((error) => response.writeHead(400).end(String(error)));
});
const port = Number(process.argv[2] ?? 8099);
server.listen(port, '127.0.0.1', () => say(`http://127.0.0.1:${port}/writes`));
