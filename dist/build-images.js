
import{a as i}from"./chunks/KKYRXAZW.js";import{Z as o}from"./chunks/WZS2JRPK.js";await o(i);
