// The other side of jose_peer.cc: the npm package jose opens what Florin sealed and seals for it,
// verifies what it signed and signs for it. Whoever receives a JWE or signs makes the keys.
// Usage: node jose.mjs <jose_peer>
import { Peer, Tally } from "./peer.mjs";
import { checkJwe } from "./jose_jwe.mjs";
import { checkJws } from "./jose_jws.mjs";

process.noDeprecation = true; // jose 5 says so of RSA1_5

const peer = new Peer(process.argv[2]);
const tally = new Tally("jose");
await checkJwe(peer, tally);
await checkJws(peer, tally);
peer.end();
process.exitCode = tally.report();
