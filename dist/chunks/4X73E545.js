import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./HTS6LZXE.js";import"./3EKCUIIB.js";import"./THOELMF4.js";import"./GZSZLNLV.js";import"./CSKSOQJM.js";import"./PINNP2K6.js";import"./Z6UGIGV6.js";import"./RSJP5RW2.js";import"./KT3J7JOM.js";export{a as action};
