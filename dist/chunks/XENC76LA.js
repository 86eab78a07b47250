
import{a}from"./KKYRXAZW.js";import"./WZS2JRPK.js";export{a as action};
