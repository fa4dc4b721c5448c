/** An orca.yml with a service that is deployed again and again. @param deploy more keys of that name */
export const shop = (version: number, replicas: number, deploy = ''): string => `project: shop
services:
  web:
    image: acme/web:${version}
    replicas: ${replicas}
    port: 8080
    domain: shop.example.com
    health: /healthz
    deploy: {monitor: 500ms, parallelism: 2${deploy}}
`;

/** Of another project: nobody has to find anybody by a name, which would give a task more time on its way out. */
export const still = `project: other
services:
  still:
    image: acme/still:1
    port: 8080
    domain: still.example.com
    health: /healthz
`;
