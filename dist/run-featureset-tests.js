
import{a as i}from"./chunks/S3DRUJAO.js";import{Z as o}from"./chunks/WZS2JRPK.js";await o(i);
