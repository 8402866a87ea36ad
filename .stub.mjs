import nodeModule from 'node:module'; if (process.env.CC) nodeModule.enableCompileCache();
const { serveOverStdio } = await import('./dist/server/stdio.js');
const s = await serveOverStdio({version:'1', orchestrator: async()=>{throw new Error('x')}, caller:{owner:'l',trusted_paths:false}}, {stdin:process.stdin, stdout:process.stdout}, {warn(){}});
await s.ended;
