// A heavy route: at most five requests at once, on all servers together. The sixth is told to come again.
const express = require('express');
const konductor = require('@konductor/sdk');

const app = express();
app.use('/api/heavy', konductor.middleware.semaphore('api-heavy', { permits: 5, ttl: 300 }));
app.get('/api/heavy/report', (request, response) => {
  const permit = konductor.permitOf(request);
  response.json({ token: permit.token });
});

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});
