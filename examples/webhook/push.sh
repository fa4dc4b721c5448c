#!/usr/bin/env bash
# Does what a git provider and its build do after a push: makes the image of a new commit, and tells orca of it, signed.
#   SECRET=... examples/webhook/push.sh
# SECRET is what `orca webhooks add` printed; ORCA_API is the server, http://127.0.0.1:6880 unless set.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${SECRET:?is what orca webhooks add printed}"
random() { head -c "$1" /dev/urandom | od -An -tx1 | tr -d ' \n'; }

commit=$(random 20)
"$here/../hello/build.sh" "orca-webhook:$commit"

body='{"ref":"refs/heads/main","after":"'$commit'","repository":{"full_name":"acme/webhook"},
       "head_commit":{"id":"'$commit'","message":"a change"}}'
signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/.* //')
curl --silent --show-error --fail-with-body "${ORCA_API:-http://127.0.0.1:6880}/api/v1/webhooks/github" \
  --header 'Content-Type: application/json' \
  --header 'X-GitHub-Event: push' \
  --header "X-GitHub-Delivery: $(random 16)" \
  --header "X-Hub-Signature-256: sha256=$signature" \
  --data-binary "$body"
echo
