import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./CHC3IQHZ.js";import"./GCU2QAF5.js";import"./LOP4XTBE.js";import"./4FLJXMVS.js";import"./GZSZLNLV.js";import"./CSKSOQJM.js";import"./PINNP2K6.js";import"./Z6UGIGV6.js";import"./RSJP5RW2.js";import"./KT3J7JOM.js";export{a as action};
