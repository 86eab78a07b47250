import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./BK6SXUWM.js";import"./ZY6BQQPF.js";import"./CRF4JKTT.js";import"./SSCDAVX6.js";import"./6ZUGLWNN.js";import"./SQLJUXIC.js";import"./GFHQZGPY.js";import"./TWV5DIDJ.js";import"./Z6UGIGV6.js";import"./BYPBO5JU.js";import"./KT3J7JOM.js";export{a as action};
