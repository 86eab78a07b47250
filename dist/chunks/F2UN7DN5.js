import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./5QCZ6ASA.js";import"./NMOS6HFT.js";import"./LOP4XTBE.js";import"./43ZDXBSU.js";import"./LYBHMKMW.js";import"./XFUV5R2E.js";import"./AMHGNWPP.js";import"./MVROADKZ.js";import"./OLM5COR4.js";import"./KT3J7JOM.js";export{a as action};
