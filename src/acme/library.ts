import acme from 'acme-client';

/** Loaded late: a cluster that orders no certificate needs none of it. */
export { acme };
