import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./5GSIGIQ5.js";import"./EZXGV7LM.js";import"./OXUYV6YT.js";import"./ON5NSZUK.js";import"./AY7N5JGK.js";import"./LOP4XTBE.js";import"./BZF6CUDW.js";import"./KT3J7JOM.js";export{a as createRunAction};
