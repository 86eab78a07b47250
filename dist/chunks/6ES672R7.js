import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./6KHOHCNC.js";import"./B5IWTMLU.js";import"./3AEEUXL7.js";import"./AHOGD3GZ.js";import"./YPFW7EHO.js";import"./WAT6KQFO.js";import"./3SBBFODD.js";import"./LOP4XTBE.js";import"./GGDYYLKQ.js";import"./KT3J7JOM.js";export{a as action};
