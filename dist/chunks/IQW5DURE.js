import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./RCDMUS6G.js";import"./SYCMP52M.js";import"./WXX4OVP5.js";import"./PQZR2E4Y.js";import"./IUR7IRNW.js";import"./4FLJXMVS.js";import"./GZSZLNLV.js";import"./CSKSOQJM.js";import"./PINNP2K6.js";import"./Z6UGIGV6.js";import"./RSJP5RW2.js";import"./KT3J7JOM.js";export{a as action};
