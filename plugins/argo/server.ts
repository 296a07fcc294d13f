import { createServer } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Registry } from 'prom-client';
import type { Clock } from '../../src/api/clock.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { isForbidden } from '../../src/kube/errors.ts';
import { type Listening, listening } from '../../src/kube/listening.ts';
import type { Log } from '../../src/kube/log.ts';
import type { Address } from '../../src/kube/program-flags.ts';
import { stepRunner } from '../runner.ts';
import type { Step } from '../step.ts';
import { attendance } from './attendance.ts';
import { desk } from './desk.ts';
import { eyesByName } from './eyes-by-name.ts';
import type { WorkflowReference } from './kinds.ts';
import { type ExecuteReply, failedNode, NOT_OURS, nodeOf, waitingReply } from './reply.ts';
import { readCall } from './request.ts';
import type { Admission } from './token.ts';
import { withLongestWait } from './waits.ts';

export interface PluginOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly admission: Admission;
  /** Where metrics go, and what is served of them. */
  readonly registry: Registry;
  /** How long a step waits that does not say, such as `1h`: Argo's own deadlines do not reach every waiting step. */
  readonly longestWait?: string | undefined;
}

export interface ArgoPlugin {
  readonly app: Express;
  stop(): Promise<void>;
}

/** The first call of a step waits this long for its grant: without a queue it comes within, and saves the next call. */
const FIRST_CALL = 100;

/** No object of Kubernetes is as large as this. */
const LARGEST_BODY = '2mb';

/** Answers the calls of Argo's agents. No call waits for the API server: what it is answered from is watched. */
export function argoPlugin(options: PluginOptions): ArgoPlugin {
  const { client, clock, random, log, admission, registry, longestWait } = options;
  let hasComplained = false;
  const onError = (error: unknown): void => {
    if (isForbidden(error)) {
      if (!hasComplained) log.warn({ error }, 'may not watch; koncli argo install prints the roles that it needs');
      hasComplained = true;
    } else log.warn({ error }, 'will be tried again after an error');
  };
  const common = { client, clock, random, onError };
  const eyes = eyesByName(common);
  const runner = stepRunner({ client, clock, known: (step) => eyes.view(step) });
  const steps = desk({ ...common, runner, eyes, registry, door: 'argo-plugin' });
  const open = attendance({ ...common, onGone: (key) => steps.cancel(key), onBack: (key) => steps.reopen(key) });

  const answer = async (key: string, step: Step, workflow: WorkflowReference): Promise<ExecuteReply> => {
    open.attend(workflow, key);
    // the agent goes on calling for steps that were stopped: no answer of ours may end those
    if (open.isGone(key)) return waitingReply(Number.POSITIVE_INFINITY);
    // a failed step that is called for again is another attempt, unless it says itself which one it is
    const hasFailed = steps.isTold(key) && steps.reply(key)?.is === 'failed';
    if (hasFailed && step.identity.attempt === undefined) steps.reopen(key);
    const isFirst = steps.reply(key) === undefined;
    steps.open(key, withLongestWait(step, longestWait));
    const reply = isFirst ? await steps.settled(key, FIRST_CALL) : steps.reply(key);
    if (!reply || reply.is === 'waiting' || open.isGone(key)) return waitingReply(steps.age(key));
    steps.told(key);
    return { node: nodeOf(reply) };
  };

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get(['/healthz', '/readyz'], (_, response) => void response.type('text').send('ok\n'));
  // without the agent's token, which no scraper has: like health, it names nobody's objects
  app.get('/metrics', async (_, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  app.post(
    '/api/v1/template.execute',
    async (request, response, next) => {
      if (await admission(request.headers.authorization)) return next();
      response.status(403).type('text').send('the token is not the one in the token file\n');
    },
    express.json({ limit: LARGEST_BODY, type: () => true }),
    async (request, response) => {
      const call = readCall(request.body);
      if (call.is === 'foreign') return void response.json(NOT_OURS);
      if (call.is === 'mistaken') {
        log.info({ problem: call.problem }, 'refused a step');
        return void response.json({ node: failedNode(call.problem) });
      }
      response.json(await answer(call.key, call.step, call.workflow));
    },
  );
  app.use((_, response) => {
    response.status(404).type('text').send('there are /api/v1/template.execute, /healthz, /readyz and /metrics\n');
  });
  app.use(failure(log));

  return {
    app,
    async stop() {
      open.stop();
      await steps.stop();
    },
  };
}

/** What no agent sends. 503 is the one answer that an agent tries again. */
const failure =
  (log: Log): ErrorRequestHandler =>
  (error: { readonly status?: number; readonly message?: string }, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = error.status ?? 503;
    if (status >= 500) log.error({ error }, 'a call could not be answered');
    response
      .status(status)
      .type('text')
      .send(`${error.message ?? 'it failed'}\n`);
  };

/** Serves an app on an address of this machine. */
export function listen(app: Express, address: Address): Promise<Listening> {
  const server = createServer(app);
  // an agent sends its calls at once, and keeps the connection for the next
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 75_000;
  return listening(server, address);
}
