import { Redis } from 'ioredis';

/** A connection to REDIS_URL. It is made again, by name, for as long as the app runs. */
export function connect(options = {}) {
  const redis = new Redis(process.env.REDIS_URL, { keepAlive: 5000, retryStrategy: () => 500, ...options });
  redis.on('error', ({ message }) => console.error(`redis: ${message}`));
  return redis;
}

/** The list of orders to ship. A job that is lost is no order that is lost: the worker finds it in the table. */
export const JOBS = 'jobs';
