import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./USHYQG37.js";import"./IEYB6WIP.js";import"./YPFW7EHO.js";import"./WAT6KQFO.js";import"./3SBBFODD.js";import"./LOP4XTBE.js";import"./GGDYYLKQ.js";import"./KT3J7JOM.js";export{a as createRunAction};
